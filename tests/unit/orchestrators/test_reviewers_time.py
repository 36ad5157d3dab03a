"""Waiting for reviewers, where no recorded history shows it: an event that is raised although its stage is not over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from compliance.review import Head
from contracts.history import ReviewStanding
from contracts.names import LOAD_REVIEW
from orchestrators.reviewers_time import ReviewersTime
from reviews.standing import standing_of
from tests.builders import REQUESTED_AT, open_review


class Context:
    """A context that returns the orchestrator's requests as plain values."""

    instance_id = "0" * 64
    current_utc_datetime = REQUESTED_AT

    def set_custom_status(self, status: object) -> None:
        """Nobody looks."""

    def wait_for_external_event(self, name: str) -> str:
        return name

    def create_timer(self, _: object) -> SimpleNamespace:
        return SimpleNamespace(cancel=lambda: None)

    def task_any(self, tasks: list[Any]) -> Any:
        return tasks[0]  # the event

    def call_activity_with_retry(self, name: str, *_: object) -> str:
        return name


def standing(head: Head) -> ReviewStanding:
    return ReviewStanding.model_validate(standing_of(head))


def test_a_review_without_a_schedule_has_nothing_to_wait_for() -> None:
    with pytest.raises(ValueError, match="has not begun"):
        _ = standing(open_review(schedule=None)).due_times


def test_a_stage_whose_event_came_too_early_is_not_waited_for_again() -> None:
    waiting = standing(open_review())
    context: Any = Context()
    steps = ReviewersTime(context).until_decided(waiting)

    event = next(steps)
    assert steps.send(event) == LOAD_REVIEW
    with pytest.raises(StopIteration) as ended:
        steps.send(standing_of(open_review()))

    assert ended.value.value == waiting
