"""Letting the sweep run when a test wants it to."""

from __future__ import annotations

from stack.devhost_process import DevhostProcess

_PERIOD_SECONDS = 5 * 60


def sweep(host: DevhostProcess) -> None:
    """Move the clock just past the sweep's next run, so that the one after it is as far away as can be."""
    left = _PERIOD_SECONDS - host.advance(0).timestamp() % _PERIOD_SECONDS
    host.advance(hours=(left + 1) / 3600)
