"""Waiting for another process, no longer than needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 120.0  # seconds: enough for a busy machine


class NeverHappenedError(AssertionError):
    """A condition did not come true in time; the text says what was awaited and what was seen last."""


def eventually(observe: Callable[[], T | None], what: str, seconds: float = PATIENCE, interval: float = 0.05) -> T:
    """Observe every `interval` seconds and return the first truthy value. Raises NeverHappenedError after `seconds`."""
    end = time.monotonic() + seconds
    while not (seen := observe()):
        if time.monotonic() > end:
            raise NeverHappenedError(f"not within {seconds:g} s: {what}; last seen: {seen!r}")
        time.sleep(interval)
    return seen
