"""Turns that are in no recording: answers that the SDK should never give, and sub-orchestration ids."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest

from devhost.durable.engine.decisions import ChildStart
from devhost.durable.engine.history import execution_started
from devhost.durable.engine.instance import Instance, Status
from devhost.durable.engine.turn import Loaded, Turn, take_turn

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class AnsweringFunctions:
    """An app with one orchestrator, `main`, that always gives the same answer."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def orchestrators(self) -> Collection[str]:
        return ["main"]

    def activities(self) -> Collection[str]:
        return []

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        json.loads(context)
        return self._answer

    async def run_activity(self, name: str, instance_id: str, text: str | None) -> str | None:
        raise AssertionError("a turn runs no activity")


def first_turn(*actions: dict[str, Any]) -> Turn:
    instance = Instance("one", "execution", "main", Status.PENDING, None, None, None, "", "")
    started = execution_started(NOW, "main", "one", "execution", input_text=None, parent=None, generation=0)
    answer = json.dumps({"isDone": False, "actions": [list(actions)]})
    return take_turn(Loaded(instance, []), [started], AnsweringFunctions(answer), NOW)


@pytest.mark.parametrize(
    "action",
    [
        {"actionType": 99},
        {"actionType": 0},
        {"actionType": 5, "fireAt": "soon", "isCanceled": False},
        {"actionType": 1, "functionName": "x", "retryOptions": None},
        {},
    ],
)
def test_an_action_that_cannot_be_read_fails_the_instance(action: dict[str, Any]) -> None:
    turn = first_turn(action)
    assert turn.status is Status.FAILED
    assert turn.output and "The SDK returned an action that devhost cannot read" in turn.output
    assert turn.decisions == []


def test_a_child_without_an_id_is_named_after_its_parents_execution() -> None:
    turn = first_turn({"actionType": 2, "functionName": "MAIN", "input": "1", "instanceId": None})
    assert turn.decisions == [ChildStart(0, "MAIN", "1", "execution:0")]
    assert json.loads(turn.appended[-2].text)["InstanceId"] == "execution:0"
