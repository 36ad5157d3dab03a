"""What a host that only waits costs."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import psutil

from bench.figures import Figure
from bench.reviews import submit
from local.stack.running import own_stack

_REVIEWS = 1000
_SECONDS = 20


def idle() -> list[Figure]:
    """Measure the processor time of devhost with the app, between two sweeps, with no and with many reviews waiting."""
    with tempfile.TemporaryDirectory() as folder, own_stack(Path(folder), upload_route="trigger") as stack:
        empty = _share(Path(folder))
        submit(stack, _REVIEWS)
        waiting = _share(Path(folder))
    how = f"processor time over {_SECONDS} s"
    return [
        Figure("idle devhost and app, nothing waiting", empty * 100, "% of a core", how),
        Figure(f"idle devhost and app, {_REVIEWS:,} reviews waiting", waiting * 100, "% of a core", how),
    ]


def _share(state: Path) -> float:
    process = psutil.Process(json.loads((state / "endpoints.json").read_text())["pid"])
    _settle(process)
    before, started = _used(process), time.monotonic()
    time.sleep(_SECONDS)
    return (_used(process) - before) / (time.monotonic() - started)


def _settle(process: psutil.Process) -> None:
    """Wait for the first second without work left over from before."""
    for _ in range(60):
        before = _used(process)
        time.sleep(1)
        if _used(process) - before < 0.02:
            return


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
