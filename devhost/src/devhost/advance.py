"""Advance the clock from due time to due time, and let everything settle at each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from devhost.clock import Clock

SETTLE_SECONDS = 60.0
_BUSY_POLL_SECONDS = 0.002
_QUIET_ROUNDS = 3  # turns of the event loop without anything in flight


class NotSettledError(Exception):
    """Something stayed in flight. The message names it."""


class ClockAdvance:
    """Advances of one clock, one call at a time.

    `in_flight` names what is busy; `catch_up` returns once all writes made so far have been noticed; `invocations`
    counts the functions run so far; `fire_timers` runs the schedules that the clock has jumped over.
    """

    def __init__(
        self,
        clock: Clock,
        in_flight: Callable[[], str | None],
        catch_up: Callable[[], Awaitable[None]],
        invocations: Callable[[], int],
        fire_timers: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._in_flight = in_flight
        self._catch_up = catch_up
        self._invocations = invocations
        self._fire_timers = fire_timers
        self._one_at_a_time = asyncio.Lock()
        self._caught_up_at = -1

    async def advance(self, seconds: float, settle_within: float = SETTLE_SECONDS) -> None:
        """Return once host time is `seconds` later and all that this caused is done. Raises NotSettledError."""
        async with self._one_at_a_time:
            self._caught_up_at = -1
            await self._settle(settle_within)
            target = self._clock.time() + seconds
            while (due := self._clock.next_due()) is not None and due <= target:
                self._clock.jump_to(due)
                await self._settle(settle_within)
            self._clock.jump_to(target)
            self._fire_timers()
            await self._settle(settle_within)

    async def _settle(self, within: float) -> None:
        deadline = time.monotonic() + within
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            if busy := self._in_flight():
                quiet = 0
                if time.monotonic() > deadline:
                    raise NotSettledError(f"Still in flight after {within:.0f} s: {busy}. The clock has stopped there.")
                await asyncio.sleep(_BUSY_POLL_SECONDS)
            elif self._caught_up_at != self._invocations():
                self._caught_up_at = self._invocations()
                await self._catch_up()
            else:
                quiet += 1
                await asyncio.sleep(0)
