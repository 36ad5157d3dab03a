"""How long `devhost start` with the app takes to be ready, and a clean stop."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.figures import Figure
from local.stack.devhost_process import DevhostProcess

_RUNS = 5


def start_up() -> list[Figure]:
    """Start with Azurite already running, as a killed devhost leaves it, so that its own start is not counted."""
    with tempfile.TemporaryDirectory() as folder, DevhostProcess(Path(folder)) as host:
        seconds: list[float] = []
        processor: list[float] = []
        for _ in range(_RUNS):
            host.kill()
            seconds.append(_duration(host.start))
            processor.append(_processor_time(host.state))
        stop = _duration(host.stop)
    how = f"median of {_RUNS}, with the app, Azurite running already"
    return [
        Figure("devhost start -> ready", statistics.median(seconds), "s", how),
        Figure("devhost's CPU until ready", statistics.median(processor), "s", how),
        Figure("signal to stop -> ended", stop, "s", "with Azurite's own end"),
    ]


def _duration(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _processor_time(state: Path) -> float:
    times = psutil.Process(json.loads((state / "endpoints.json").read_text())["pid"]).cpu_times()
    return times.user + times.system
