"""What waits while a host is down: timers, thousands of instances, and code that has changed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from devhost.clock import Clock

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session


class RenamedActivity:
    """The same app after a deployment, in which the orchestrators call another activity."""

    def __init__(self, functions: Any) -> None:
        self._functions = functions
        self.orchestrators, self.activities = functions.orchestrators, functions.activities
        self.run_activity = functions.run_activity

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        return self._functions.run_orchestrator(name, instance_id, context).replace('"shout"', '"double"')


async def test_a_timer_that_was_due_meanwhile_fires_at_the_start(run_hub: Callable[..., Any]) -> None:
    clock = Clock()
    async with run_hub(clock) as first:
        await first.run("approval", instance_id="one")
    clock.jump_to(clock.time() + 73 * 3600)
    async with run_hub(clock) as second:
        await second.settle()
        assert await second.outcome("one") == ("Completed", "expired")


async def test_an_activity_that_had_not_ended_runs_again(run_hub: Callable[..., Any]) -> None:
    clock = Clock()
    async with run_hub(clock) as first:
        await first.client.start_new("slow", "one", 0.05)
        await first.until(lambda: "work" in (first.hub.in_flight() or ""))
    async with run_hub(clock) as second:
        await second.settle()
        assert await second.outcome("one") == ("Completed", "worked 0.05")


async def test_code_changed_under_a_waiting_instance_is_reported(
    run_hub: Callable[..., Any], app_functions: Any
) -> None:
    clock = Clock()
    async with run_hub(clock) as first:
        await first.run("approval", instance_id="one")
    async with run_hub(clock, RenamedActivity(app_functions)) as second:
        await second.client.raise_event("one", "Decision", "yes")
        await second.settle()
        status, output = await second.outcome("one")

    assert status == "Failed"
    assert output.startswith(
        "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled"
    )
    assert "named 'shout'" in output


async def test_a_thousand_waiting_instances_wait_on_and_go_on(run_hub: Callable[..., Any]) -> None:
    clock, names = Clock(), [f"approval-{number:04}" for number in range(1000)]
    async with run_hub(clock) as first:
        await asyncio.gather(*(first.hub.client.start("approval", name, None) for name in names))
        await first.settle()
    async with run_hub(clock) as second:
        await asyncio.gather(*(second.hub.client.raise_event(name, "Decision", '"yes"') for name in names))
        await second.settle()
        outputs = [second.hub.client.instance(name).output for name in names]
    assert outputs == ['"yes!"'] * 1000
