"""`make record` works: a story recorded on a real stack takes the steps of the recording that is committed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.workflow.recording.__main__ import HISTORIES
from tests.workflow.recording.recorder import Recorder, recording_stack
from tests.workflow.recording.stories import STORIES


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with recording_stack(tmp_path_factory.mktemp("recording")) as recorder:
        yield recorder


def steps(turn: str) -> list[tuple[Any, ...]]:
    """Return the orchestrator's actions without ids and times, which differ from run to run."""
    [actions] = json.loads(turn)["result"]["actions"]
    return [
        tuple(
            (each["actionType"], each.get("functionName"), each.get("externalEventName"))
            for each in (action, *action.get("compoundActions", ()))
        )
        for action in actions
    ]


@pytest.mark.parametrize("name", ["stages-at-once", "restarted-while-open"])
def test_a_story_is_recorded_as_it_was(recorder: Recorder, name: str) -> None:
    recording = recorder.recording(STORIES[name](recorder))

    assert steps(recording) == steps((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
