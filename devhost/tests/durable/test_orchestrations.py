"""Ordinary orchestrations end to end: the stock SDK's client and replay over loopback HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from devhost.clock import Clock
from devhost.durable.engine.versions import Versioning, is_newer

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session


async def test_a_chain_hands_results_on(durable: Any) -> None:
    instance = await durable.run("chain", "hey")
    assert await durable.outcome(instance) == ("Completed", "hey!!!")


async def test_a_fan_out_collects_every_result(durable: Any) -> None:
    instance = await durable.run("fan_out")
    assert await durable.outcome(instance) == ("Completed", 380)


async def test_an_event_wins_against_the_deadline(durable: Any) -> None:
    instance = await durable.run("approval")
    assert (await durable.status(instance))["customStatus"] == {"waiting": True}
    await durable.client.raise_event(instance, "Decision", "yes")
    await durable.settle()

    assert await durable.outcome(instance) == ("Completed", '"yes"!')
    assert durable.clock.next_due() is None


async def test_the_deadline_wins_when_nobody_decides(durable: Any) -> None:
    instance = await durable.run("approval")
    await durable.advance(72 * 3600 - 60)
    assert (await durable.outcome(instance))[0] == "Running"
    await durable.advance(120)

    assert await durable.outcome(instance) == ("Completed", "expired")


async def test_an_event_before_the_first_turn_is_kept(durable: Any) -> None:
    instance = await durable.client.start_new("approval")
    await durable.client.raise_event(instance, "Decision", "early")
    await durable.settle()
    assert await durable.outcome(instance) == ("Completed", '"early"!')


async def test_a_timer_of_eight_days_takes_eight_days(durable: Any) -> None:
    instance = await durable.run("patient")
    await durable.advance(7 * 24 * 3600)
    assert (await durable.outcome(instance))[0] == "Running"
    await durable.advance(24 * 3600)

    assert await durable.outcome(instance) == ("Completed", 8)


async def test_a_retried_activity_waits_between_its_attempts(durable: Any, tmp_path: Path) -> None:
    attempts = tmp_path / "attempts"
    instance = await durable.run("retried", str(attempts))
    assert attempts.read_text() == "x"
    await durable.advance(60)
    assert attempts.read_text() == "xx"
    await durable.advance(60)

    assert await durable.outcome(instance) == ("Completed", "attempt 3")


async def test_an_exhausted_retry_hands_the_error_to_the_orchestrator(durable: Any) -> None:
    instance = await durable.run("exhausted")
    await durable.advance(60)
    assert await durable.outcome(instance) == ("Completed", "Activity function 'fail' failed:  ValueError: no ")


async def test_sub_orchestrations_run_under_given_and_made_up_ids(durable: Any) -> None:
    instance = await durable.run("parent")
    assert await durable.outcome(instance) == ("Completed", ["named!!!", "unnamed!!!"])
    assert await durable.outcome(f"{instance}-child") == ("Completed", "named!!!")


async def test_a_failed_child_fails_its_call_in_the_parent(durable: Any) -> None:
    instance = await durable.run("parent_of_failing")
    status, output = await durable.outcome(instance)
    assert status == "Completed"
    assert output.startswith("Orchestrator function 'failing' failed: Activity function 'fail' failed:")


async def test_an_uncaught_error_fails_the_instance(durable: Any) -> None:
    instance = await durable.run("failing")
    status, output = await durable.outcome(instance)
    assert status == "Failed"
    assert output.startswith(
        "Orchestrator function 'failing' failed: Activity function 'fail' failed:  ValueError: broken"
    )


async def test_continue_as_new_hands_on_events_that_came_meanwhile(durable: Any) -> None:
    instance = await durable.run("counter")
    for number in (1, 10, 100):
        await durable.client.raise_event(instance, "Add", number)
    await durable.settle()
    assert await durable.outcome(instance) == ("Completed", {"sum": 111, "seen": 3})


async def test_instances_that_never_rest_do_not_keep_requests_waiting(durable: Any) -> None:
    client = durable.hub.client
    instances = [f"restless-{number}" for number in range(100)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(client.start("restless", instance, None) for instance in instances))
        await asyncio.gather(*(client.terminate(instance, "enough") for instance in instances))
    await durable.settle()

    assert {(await durable.outcome(instance))[0] for instance in instances} == {"Terminated"}


async def test_continue_as_new_forgets_the_history_and_keeps_the_status(durable: Any) -> None:
    instance = await durable.run("eternal")
    body = await durable.status(instance, showHistory="true")
    assert (body["output"], body["customStatus"], body["input"]) == ("generation 5", "generation 5", "5")
    assert [event["EventType"] for event in body["historyEvents"]] == [
        "ExecutionStarted",
        "TaskCompleted",
        "ExecutionCompleted",
    ]


async def test_an_open_timer_delays_completion_as_on_azure(durable: Any) -> None:
    instance = await durable.run("forgotten_timer")
    assert (await durable.outcome(instance))[0] == "Running"
    await durable.advance(3600)
    assert await durable.outcome(instance) == ("Completed", "done")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("unknown_activity", "'no_such_activity' doesn't exist, is disabled, or is not an activity function"),
        ("unknown_child", "'no_such_orchestrator' doesn't exist, is disabled, or is not an orchestrator function"),
        ("no_such_orchestrator", "The following are the known orchestrator functions: 'approval', 'chain"),
        ("entity_caller", "It used call_entity, which devhost does not support"),
        ("http_caller", "It used call_http, which devhost does not support"),
        ("impatient", "The retry interval 7 days, 0:00:00 is longer than the longest timer"),
        ("not_a_generator", "ValueError: raised without a yield"),
        ("exits", "Exception: SystemExit: enough"),
    ],
)
async def test_what_azure_refuses_or_hangs_on_fails_with_a_reason(
    durable: Any, caplog: pytest.LogCaptureFixture, name: str, told: str
) -> None:
    instance = await durable.run(name)
    status, output = await durable.outcome(instance)

    assert status == "Failed"
    assert told in output
    assert instance in caplog.text and told in caplog.text


async def test_changed_code_is_reported_as_non_deterministic(durable: Any) -> None:
    instance = await durable.run("changed_while_waiting")
    status, output = await durable.outcome(instance)
    assert status == "Failed"
    assert output == (
        "Non-Deterministic workflow detected: A previous execution of this orchestration scheduled an activity task "
        "with sequence number 0 named 'shout', but the current orchestration replay instead scheduled an activity "
        "task named 'double' with this sequence number.  Was a change made to the orchestrator code after this "
        "instance had already started running?"
    )


async def test_one_early_event_for_two_waits_is_reported_as_stuck(
    durable: Any, caplog: pytest.LogCaptureFixture
) -> None:
    instance = await durable.run("waits_twice")
    await durable.client.raise_event(instance, "Go", 1)
    await durable.advance(3600)

    assert (await durable.outcome(instance))[0] == "Running"
    assert f"Instance {instance} of waits_twice: the orchestrator has finished, but the Azure host" in caplog.text


async def test_an_event_goes_to_the_newest_wait_for_its_name(durable: Any) -> None:
    instance = await durable.run("waits_again")
    await durable.advance(3600)
    await durable.client.raise_event(instance, "Go", 1)
    await durable.settle()

    assert await durable.outcome(instance) == ("Completed", "1")


async def test_what_is_decided_in_the_turn_of_a_termination_still_runs(durable: Any, tmp_path: Path) -> None:
    client, runs = durable.hub.client, tmp_path / "runs"
    path = json.dumps(json.dumps(str(runs)))
    await asyncio.gather(client.start("retried", "one", path), client.terminate("one", "enough"))
    await durable.until(runs.exists)
    await durable.settle()
    kinds = [event.type.name for event in durable.hub._loop.store.history("one")]

    assert await durable.outcome("one") == ("Terminated", "enough")
    assert kinds[1:] == [
        "EXECUTION_STARTED",
        "EXECUTION_TERMINATED",
        "TASK_SCHEDULED",
        "EXECUTION_COMPLETED",
        "ORCHESTRATOR_COMPLETED",
    ]


async def test_what_a_suspended_instance_would_decide_never_runs_if_it_is_terminated(
    durable: Any, tmp_path: Path
) -> None:
    client, runs = durable.hub.client, tmp_path / "runs"
    path = json.dumps(json.dumps(str(runs)))
    await asyncio.gather(
        client.start("retried", "one", path),
        client.suspend("one", "pause"),
        client.terminate("one", "enough"),
    )
    await durable.settle()

    assert await durable.outcome("one") == ("Terminated", "enough")
    assert not runs.exists()


async def test_an_instance_that_is_over_completes_although_it_is_suspended_in_the_same_turn(durable: Any) -> None:
    await durable.run("waiter", instance_id="one")
    client = durable.hub.client
    await asyncio.gather(client.raise_event("one", "Go", '"now"'), client.suspend("one", "pause"))
    await durable.settle()

    assert await durable.outcome("one") == ("Completed", "now")


async def test_a_custom_status_outlives_continue_as_new_by_one_turn(durable: Any) -> None:
    await durable.run("status_of_the_generation_before", instance_id="one")
    assert (await durable.status("one"))["customStatus"] == "set"
    await durable.client.raise_event("one", "Go", 1)
    await durable.settle()

    assert (await durable.status("one"))["customStatus"] is None


async def test_instances_and_children_have_the_given_version_or_the_default(run_hub: Callable[..., Any]) -> None:
    async with run_hub(Clock(), versioning=Versioning("2.0")) as durable:
        started = await durable.client.start_new("version", client_input="1.5.1", version="1.5")
        by_default = await durable.run("version", "1.0")
        later = await durable.client.start_new("version_of_a_later_generation", version="1.1")
        await durable.settle()

        assert await durable.outcome(started) == ("Completed", ["1.5", "1.5.1", "2.0"])
        assert await durable.outcome(by_default) == ("Completed", ["2.0", "1.0", "2.0"])
        assert await durable.outcome(later) == ("Completed", "1.1")


async def test_without_versions_nothing_has_one(durable: Any) -> None:
    assert await durable.outcome(await durable.run("version")) == ("Completed", [None, None, None])


async def test_a_newer_instance_waits_for_a_newer_host(
    run_hub: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with run_hub(Clock(), versioning=Versioning("2.0")) as durable:
        await durable.client.start_new("chain", "newer", "x", version="2.1")
        await durable.settle()
        assert await durable.outcome("newer") == ("Pending", None)
        assert "defaultVersion in host.json is '2.0' and versionMatchStrategy is CurrentOrOlder" in caplog.text
        assert "it has the version '2.1'" in durable.hub.stuck()["newer"]
    async with run_hub(Clock(), versioning=Versioning("2.1")) as durable:
        await durable.settle()
        assert await durable.outcome("newer") == ("Completed", "x!!!")
        assert not durable.hub.stuck()


async def test_a_newer_instance_fails_if_host_json_says_so(run_hub: Callable[..., Any]) -> None:
    versioning = Versioning("2.0", on_mismatch="Fail")
    async with run_hub(Clock(), versioning=versioning) as durable:
        await durable.client.start_new("chain", "newer", "x", version="2.1")
        await durable.settle()
        status, output = await durable.outcome("newer")
        assert status == "Failed"
        assert "it has the version '2.1'" in output


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        ("1.10", "1.9", True),
        ("1.9", "1.10", False),
        ("1.0.0", "1.0", True),
        ("2", "10", True),  # no version for .NET, so compared as text
        ("b", "A", True),
        ("1.0", "", True),
        ("", "1.0", False),
        ("", " ", False),
    ],
)
def test_versions_are_compared_as_by_dotnet(one: str, other: str, newer: bool) -> None:
    assert is_newer(one, other) is newer


@pytest.mark.parametrize(
    ("match", "refused"), [("None", []), ("CurrentOrOlder", ["3.0"]), ("Strict", ["3.0", "1.0", None])]
)
def test_the_match_strategy_says_which_versions_run(match: Any, refused: list[str | None]) -> None:
    versioning = Versioning("2.0", match)
    assert [version for version in ("3.0", "2.0", "1.0", None) if versioning.refusal(version)] == refused


async def test_an_event_in_another_case_is_reported_as_stuck(durable: Any, caplog: pytest.LogCaptureFixture) -> None:
    instance = await durable.run("waiter")
    await durable.client.raise_event(instance, "go", 1)
    await durable.settle()

    assert (await durable.outcome(instance))[0] == "Running"
    assert "an event raised with its name in another case" in caplog.text


async def test_a_custom_status_beyond_sixteen_kib_fails_the_instance(durable: Any) -> None:
    fits = await durable.run("long_status", 8192)
    too_long = await durable.run("long_status", 9000)
    assert await durable.outcome(fits) == ("Completed", "ok")
    assert await durable.outcome(too_long) == (
        "Failed",
        "Orchestrator function 'long_status' failed: The UTF-16 size of the JSON-serialized payload must not exceed "
        "16 KB. The current payload size is 17 KB.",
    )


async def test_half_a_surrogate_pair_harms_nobody(durable: Any) -> None:
    half = "\ud800"
    instance = await durable.run("chain", half)
    assert await durable.outcome(instance) == ("Completed", half + "!!!")
    waiting = await durable.run("approval")
    await durable.client.raise_event(waiting, "Decision", half)
    await durable.settle()

    assert (await durable.outcome(waiting))[0] == "Completed"
