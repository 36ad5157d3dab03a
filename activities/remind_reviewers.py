"""Remind the reviewers of the open stage who have not decided yet."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReminderStep
from reviews import requesting
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def remind_reviewers(step: dict[str, Any]) -> dict[str, Any]:
    """Return the standing after the reminder. A second run sends the message again under the same id."""
    reminder = ReminderStep.model_validate(step)
    head = await requesting.remind_reviewers(current_app(), reminder.review_id, reminder.number, reminder.at)
    return standing_of(head).as_json()
