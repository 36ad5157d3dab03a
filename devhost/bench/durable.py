"""What the durable hub costs by itself: approvals that wait, are decided, and are completed.

Run it with `python devhost/bench/durable.py`: about 140 seconds on two quiet cores.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from figures import report

_SIZES = (1_000, 5_000)
_RUNS = 3
_MANY = 100_000
_SAMPLE = 1_000
_LATENCIES = 200
_IDLE_SECONDS = 10
_CLIENT = "hub's own client in its process, everything on disk"


class _Host:
    """A hub process; it has handled a first waiting event, if there is one, when the constructor returns."""

    def __init__(self, database: Path) -> None:
        began = time.perf_counter()
        command = [sys.executable, str(Path(__file__).with_name("approval_host.py")), str(database)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        self.seconds_to_first_event = self._answer()["seconds_to_first_event"]
        self.seconds_from_launch = time.perf_counter() - began

    def call(self, *command: str | float) -> Any:
        assert self.process.stdin  # noqa: S101 - it is a pipe
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def _answer(self) -> Any:
        assert self.process.stdout  # noqa: S101 - it is a pipe
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the benchmark's hub ended with {self.process.wait()}")
        return json.loads(line)


def main() -> None:
    """Measure latency, throughput, memory, restart and idle cost of waiting approvals, for several numbers of them."""
    _latency()
    for size in _SIZES:
        _throughput(size)
    _restart(max(_SIZES))
    _many()


def _latency() -> None:
    with _fresh() as host:
        host.call("start", 0, _LATENCIES)
        times = host.call("latencies", 0, _LATENCIES)
    how = f"{_LATENCIES} approvals one at a time, {_CLIENT}"
    report("approval raise -> completed, p50", statistics.median(times) * 1000, "ms", how)


def _throughput(size: int) -> None:
    runs = [_run(size) for _ in range(_RUNS)]
    started, released = (_medians(figures) for figures in zip(*runs, strict=True))
    how = f"{_CLIENT}; median of {_RUNS} runs"
    report(f"approvals started, N = {size:,}", started["per_second"], "1/s", how)
    report(f"approvals raise -> completed, N = {size:,}", released["per_second"], "1/s", how)
    _report_cost(released, f"N = {size:,}")
    _report_resident(started, f"N = {size:,}")


def _run(size: int) -> tuple[dict[str, float], dict[str, float]]:
    with _fresh() as host:
        return host.call("start", 0, size), host.call("release", 0, size)


def _medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _restart(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "hub.db"
        killed = _Host(database)
        killed.call("start", 0, size)
        killed.kill()
        host = _Host(database)
        host.kill()
    how = f"after kill -9 with {size:,} waiting: one approval completed"
    report("hub opened -> first event handled", host.seconds_to_first_event, "s", how)
    report("process launched -> first event handled", host.seconds_from_launch, "s", f"{how}; with Python's imports")


def _many() -> None:
    with _fresh() as host:
        started = host.call("start", 0, _MANY)
        idle = host.call("idle", _IDLE_SECONDS)
        released = host.call("release", 0, _SAMPLE)
    waiting = f"{_MANY:,} waiting"
    report(f"idle hub, {waiting}", idle * 100, "% of a core", f"processor time over {_IDLE_SECONDS} s")
    _report_cost(released, f"{_SAMPLE:,} of {waiting}")
    _report_resident(started, waiting)


def _report_cost(released: dict[str, float], which: str) -> None:
    report(f"processor time for each approval, {which}", released["processor_seconds"] * 1000, "ms", _CLIENT)


def _report_resident(started: dict[str, float], which: str) -> None:
    how = "growth of resident memory, divided by N"
    report(f"memory for each waiting approval, {which}", started["resident_bytes"] / 1024, "KiB", how)


@contextmanager
def _fresh() -> Iterator[_Host]:
    with tempfile.TemporaryDirectory() as folder:
        host = _Host(Path(folder) / "hub.db")
        try:
            yield host
        finally:
            host.kill()


if __name__ == "__main__":
    main()
