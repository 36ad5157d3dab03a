"""One step of the orchestration: an activity with its input and result, in the form of history."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import azure.durable_functions as df

from contracts.history import HistoryModel, ReviewStanding, ReviewStep

T = TypeVar("T")
Steps = Generator[Any, Any, T]

# If the last attempt fails, the instance fails, and the sweep starts it again.
_RETRY = df.RetryOptions(first_retry_interval_in_milliseconds=2000, max_number_of_attempts=5)


def standing_after(context: df.DurableOrchestrationContext, activity: str, step: HistoryModel) -> Steps[ReviewStanding]:
    """Run an activity. Returns the standing that it returned."""
    return ReviewStanding.model_validate((yield activity_task(context, activity, step)))


def step_of(context: df.DurableOrchestrationContext) -> ReviewStep:
    """Make the input of an activity."""
    return ReviewStep(review_id=context.instance_id, at=context.current_utc_datetime)


def activity_task(context: df.DurableOrchestrationContext, activity: str, step: HistoryModel) -> Any:
    """Return the task of an activity.

    Not for `task_any` or `task_all`: there, a retry ends in the result of another task.
    """
    return context.call_activity_with_retry(activity, _RETRY, step.model_dump(mode="json", by_alias=True))
