"""The host's one clock: real time plus an offset that only an advance changes.

Every component that waits for a due time registers it here with `call_at`, so that an advance can jump from one
due time to the next. What clients compare with their own clocks (message locks, tokens, delivery back-off) uses
ordinary event-loop timers and real time instead.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

_LONGEST_SLEEP = 3600.0


class DueCall:
    """A callback registered for a due time; `cancel` removes it."""

    __slots__ = ("callback", "due")

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Clock:
    """Host time in Unix seconds. The offset is stored in `offset_file`, so that a restart does not turn time back."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file
        self._offset = float(offset_file.read_text()) if offset_file and offset_file.exists() else 0.0
        self._calls: list[tuple[float, int, DueCall]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def offset(self) -> float:
        """Seconds by which host time is ahead of real time."""
        return self._offset

    def time(self) -> float:
        """Return host time in Unix seconds."""
        return time.time() + self._offset

    def now(self) -> datetime:
        """Return host time as an aware UTC datetime."""
        return datetime.fromtimestamp(self.time(), UTC)

    def call_at(self, due: float, callback: Callable[[], None]) -> DueCall:
        """Call `callback` on the event loop once host time has reached `due` (Unix seconds)."""
        call = DueCall(due, callback)
        heapq.heappush(self._calls, (due, next(self._order), call))
        if self._calls[0][2] is call:
            self._arm()
        return call

    def next_due(self) -> float | None:
        """Return the earliest due time registered and not cancelled, None if there is no such time."""
        while self._calls and self._calls[0][2].callback is None:
            heapq.heappop(self._calls)
        return self._calls[0][0] if self._calls else None

    def jump_to(self, moment: float) -> None:
        """Move host time forward to `moment` (never back), store the offset, and run what has become due."""
        ahead = moment - time.time()
        if ahead > self._offset:
            self._offset = ahead
            if self._offset_file:
                partial = self._offset_file.with_suffix(".partial")
                partial.write_text(repr(ahead))
                partial.replace(self._offset_file)
        self._run_due()

    def _arm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        due = self.next_due()
        if due is not None:
            delay = min(max(0.0, due - self.time()), _LONGEST_SLEEP)
            self._timer = asyncio.get_running_loop().call_later(delay, self._run_due)

    def _run_due(self) -> None:
        now = self.time()
        while (due := self.next_due()) is not None and due <= now:
            call = heapq.heappop(self._calls)[2]
            callback, call.callback = call.callback, None
            if callback:
                callback()
        self._arm()
