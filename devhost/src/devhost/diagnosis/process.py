"""Findings on the process itself: room to write, and functions that run too long."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from devhost.diagnosis.finding import Finding

_LEAST_DISK_BYTES = 100 * 1024 * 1024
_LONG_SECONDS = 60.0  # as long as an advance of the clock waits


def disk_findings(state: Path) -> Iterator[Finding]:
    """Yield a finding if the state folder has little room or cannot be written."""
    free = shutil.disk_usage(state).free
    if free < _LEAST_DISK_BYTES:
        problem = f"only {free // 1024**2} MiB are free on the disk of {state}"
        yield Finding("stuck", "state folder", problem, "Free some: a full disk stops the host from accepting.")
    if not os.access(state, os.W_OK):
        remedy = "Give its owner the right to write, then restart devhost."
        yield Finding("stuck", "state folder", f"{state} cannot be written", remedy)


def function_findings(running_since: Iterable[tuple[str, float]]) -> Iterator[Finding]:
    """Yield a finding for each function that has run too long; `running_since` has time.monotonic() values."""
    for name, started in running_since:
        seconds = time.monotonic() - started
        if seconds > _LONG_SECONDS:
            problem = f"has been running for {seconds:.0f} s; the clock cannot be advanced meanwhile"
            remedy = "Find what it waits for in its log lines; functionTimeout in host.json limits it."
            yield Finding("stuck", f"function {name}", problem, remedy)
