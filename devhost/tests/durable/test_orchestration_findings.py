"""The findings of `devhost doctor` on orchestrations that will not continue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devhost.clock import Clock
from devhost.diagnosis.finding import Finding
from devhost.diagnosis.orchestrations import orchestration_findings

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session


def findings(durable: Any, *without: str) -> list[Finding]:
    """Return the findings on the hub as if its app had no orchestrators of these names."""
    known = set(durable.hub._loop._functions.orchestrators()) - set(without)
    return list(orchestration_findings(durable.hub, known))


async def test_a_waiting_and_a_completed_instance_are_no_finding(durable: Any) -> None:
    await durable.run("waiter")
    await durable.run("chain", "x")
    assert findings(durable) == []


async def test_an_instance_that_hangs_is_found_with_the_reason_until_it_is_ended(run_hub: Callable[..., Any]) -> None:
    clock = Clock()
    async with run_hub(clock) as first:
        await first.run("waiter", instance_id="one")
        await first.client.raise_event("one", "go", 1)  # it waits for "Go"
        await first.settle()
    async with run_hub(clock) as second:
        (found,) = findings(second)
        assert (found.severity, found.where) == ("stuck", "orchestrator waiter")
        assert found.problem.startswith("1 instances hang")
        assert "its name in another case" in found.problem
        assert "one" in found.remedy
        await second.client.terminate("one", "over")
        await second.settle()
        assert findings(second) == []


@pytest.mark.parametrize("purged", [True, False])
async def test_an_instance_that_is_replaced_or_purged_hangs_no_more(durable: Any, purged: bool) -> None:
    await durable.run("waiter", instance_id="one")
    await durable.client.raise_event("one", "go", 1)
    await durable.settle()
    if purged:
        await durable.hub.client.purge_by("", None, [])
    else:
        await durable.client.terminate("one", "over")
        await durable.run("waiter", instance_id="one")

    assert findings(durable) == []


async def test_failed_and_suspended_instances_are_noted_and_counted(durable: Any) -> None:
    for name in ("f1", "f2"):
        await durable.run("failing", instance_id=name)
    await durable.run("waiter", instance_id="held")
    await durable.client.suspend("held", "pause")
    await durable.settle()

    assert [(f.severity, f.where, f.problem) for f in findings(durable)] == [
        ("note", "orchestrator failing", "2 instances have failed"),
        ("note", "orchestrator waiter", "1 instances are suspended"),
    ]


async def test_instances_whose_orchestrator_is_gone_are_stuck(durable: Any) -> None:
    await durable.run("waiter", instance_id="left")
    (found,) = findings(durable, "waiter")
    assert (found.severity, found.problem) == ("stuck", "1 instances wait, but the app has no such orchestrator")


async def test_a_hub_that_has_stopped_is_the_only_finding(durable: Any) -> None:
    await durable.run("failing")
    db = durable.hub._loop.store._db
    db.execute(f"PRAGMA max_page_count={db.execute('PRAGMA page_count').fetchone()[0]}")  # like a full disk
    with pytest.raises(Exception, match="disk is full"):
        await durable.client.start_new("chain", "lost", "x" * 100_000)
    (found,) = findings(durable)

    assert (found.severity, found.where) == ("stuck", "task hub")
    assert "disk is full" in found.problem
