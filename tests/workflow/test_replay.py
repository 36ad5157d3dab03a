"""The orchestrator is replay-safe: it answers recorded histories as recorded, whole and cut off at any turn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest

from orchestrators.document_review import bp
from tests.workflow.recording.__main__ import HISTORIES
from tests.workflow.recording.stories import STORIES

pytestmark = [
    # A superfluous event is harmless by design: the orchestrator waits for it once.
    pytest.mark.filterwarnings("ignore:Potential duplicate Task completion"),
    # The SDK's own reading of history, once a process; what it reads is validated by our contracts.
    pytest.mark.filterwarnings("ignore:azure.functions df_loads was called without expected_type"),
]

_HISTORIES = sorted(HISTORIES.iterdir())
_ORCHESTRATOR_STARTED = 12


def _handler() -> Any:
    registered = df.DFApp()
    registered.register_functions(bp)
    return registered.get_functions()[0].get_user_function()


@pytest.fixture(scope="module")
def orchestrate() -> Any:
    handler = _handler()
    return lambda context: json.loads(handler(json.dumps(context)))


def _recorded(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", _HISTORIES, ids=lambda path: path.stem)
def test_a_recorded_history_gives_the_recorded_answer(orchestrate: Any, path: Path) -> None:
    recorded = _recorded(path)

    assert orchestrate(recorded["context"]) == recorded["result"]


@pytest.mark.parametrize("path", _HISTORIES, ids=lambda path: path.stem)
def test_every_earlier_turn_gives_a_beginning_of_those_actions(orchestrate: Any, path: Path) -> None:
    recorded = _recorded(path)
    context, [actions] = recorded["context"], recorded["result"]["actions"]
    turns = [i for i, event in enumerate(context["history"]) if event["EventType"] == _ORCHESTRATOR_STARTED]

    for end in turns[1:]:
        [earlier] = orchestrate({**context, "history": context["history"][:end]})["actions"]

        # What was scheduled last may still change (a timer is cancelled once it has lost), its kind and name not.
        assert earlier[:-1] == actions[: len(earlier) - 1]
        assert _kind(earlier[-1]) == _kind(actions[len(earlier) - 1])


def test_every_story_is_recorded_and_nothing_else() -> None:
    assert {path.stem for path in _HISTORIES} == set(STORIES)


def test_every_outcome_that_a_running_review_can_have_is_recorded() -> None:
    outcomes = {_recorded(path)["result"]["output"]["outcome"] for path in _HISTORIES}

    assert outcomes == {"approved", "rejected", "expired", "superseded", "withdrawn"}


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("restarted-while-open", ["load_review", "publish_document", "close_review", "announce_outcome"]),
        ("restarted-in-a-later-stage", ["load_review", "publish_document", "close_review", "announce_outcome"]),
        ("restarted-decided", ["publish_document", "close_review", "announce_outcome"]),
        ("restarted-closed", []),
    ],
)
def test_a_review_that_is_started_anew_takes_only_the_steps_that_are_left(
    orchestrate: Any, name: str, then: list[str]
) -> None:
    recorded = next(_recorded(path) for path in _HISTORIES if path.stem == name)

    [actions] = orchestrate(recorded["context"])["actions"]

    scheduled = [step.get("functionName") for action in actions for step in action.get("compoundActions", ())]
    assert [name for name in scheduled if name] == ["inspect_document", "request_decisions", *then]


def test_the_reviewers_time_begins_after_an_outage_during_the_inspection(orchestrate: Any) -> None:
    context = _recorded(_HISTORIES[0])["context"]
    turns = [i for i, event in enumerate(context["history"]) if event["EventType"] == _ORCHESTRATOR_STARTED]
    inspected = context["history"][turns[1] : turns[2]]
    days_later = "2099-01-04T12:00:00Z"
    for event in inspected:
        event["Timestamp"] = days_later

    [actions] = orchestrate({**context, "history": context["history"][: turns[1]] + inspected})["actions"]

    [request] = actions[-1]["compoundActions"]
    assert request["functionName"] == "request_decisions"
    assert json.loads(request["input"])["at"] == days_later
    assert json.loads(request["input"])["inspection"]["sha256"]


def _kind(action: dict[str, Any]) -> tuple[Any, ...]:
    return action["actionType"], action.get("functionName"), len(action.get("compoundActions", ()))
