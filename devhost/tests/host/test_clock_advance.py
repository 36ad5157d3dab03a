"""Advances of the clock: from due time to due time, settling at each."""

from __future__ import annotations

import pytest

from devhost.advance import ClockAdvance, NotSettledError
from devhost.clock import Clock


class World:
    """A host that can be busy, and what happened in it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.busy: list[str] = []
        self.events: list[object] = []
        self.invocations = 0
        self.advance = ClockAdvance(
            self.clock,
            lambda: self.busy.pop() if self.busy else None,
            self._catch_up,
            lambda: self.invocations,
            lambda: self.events.append("timers"),
        )

    async def _catch_up(self) -> None:
        self.events.append("caught up")

    def at(self, seconds: float, event: str, *, work: int = 0) -> None:
        """Schedule `event` in `seconds`. It keeps the world busy for `work` checks."""

        def happen() -> None:
            self.events.append((event, round(self.clock.time() - self.start)))
            self.busy += ["working"] * work
            self.invocations += bool(work)

        self.start = self.clock.time()
        self.clock.call_at(self.start + seconds, happen)


async def test_each_due_time_is_reached_in_order_and_settled() -> None:
    world = World()
    world.at(7200, "second", work=3)
    world.at(3600, "first")
    await world.advance.advance(86400)

    assert world.events == ["caught up", ("first", 3600), ("second", 7200), "caught up", "timers"]
    assert world.clock.offset == pytest.approx(86400, abs=1)


async def test_what_becomes_due_because_of_the_advance_is_run_too() -> None:
    world = World()
    world.at(10, "parent")
    world.clock.call_at(world.start + 10, lambda: world.at(5, "child"))
    await world.advance.advance(20)

    assert [event for event in world.events if isinstance(event, tuple)] == [("parent", 10), ("child", 5)]


async def test_what_is_due_after_the_target_waits() -> None:
    world = World()
    world.at(101, "later")
    await world.advance.advance(100)
    assert world.events == ["caught up", "timers"]


async def test_something_that_stays_busy_is_named_and_the_clock_stands() -> None:
    world = World()
    world.busy = ["function f"] * 10_000
    with pytest.raises(NotSettledError, match="function f"):
        await world.advance.advance(3600, settle_within=0.05)
    assert world.clock.offset == 0


async def test_many_waiting_timers_cost_nothing_to_pass_by() -> None:
    world = World()
    for number in range(1000):
        world.at(3600 * 100 + number, "not yet")
    await world.advance.advance(3600 * 72)
    assert world.events == ["caught up", "timers"]
