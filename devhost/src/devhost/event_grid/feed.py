"""Events and deliveries as they happen, for those who watch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Change = dict[str, Any]
_MOST_WAITING = 10_000  # changes kept for a slow follower; one that falls further behind is disconnected


class EventFeed:
    """The followers and the changes for them. Used on one event loop."""

    def __init__(self) -> None:
        self._followers: set[asyncio.Queue[Change | None]] = set()

    @contextmanager
    def follow(self) -> Iterator[asyncio.Queue[Change | None]]:
        """Yield a queue of the changes from now on; its last item is None."""
        changes: asyncio.Queue[Change | None] = asyncio.Queue(_MOST_WAITING)
        self._followers.add(changes)
        try:
            yield changes
        finally:
            self._followers.discard(changes)

    def publish(self, change: Change) -> None:
        for changes in tuple(self._followers):
            if changes.full():
                self._hang_up(changes)
            else:
                changes.put_nowait(change)

    def close(self) -> None:
        for changes in tuple(self._followers):
            self._hang_up(changes)

    def _hang_up(self, changes: asyncio.Queue[Change | None]) -> None:
        self._followers.discard(changes)
        if changes.full():
            changes.get_nowait()
        changes.put_nowait(None)
