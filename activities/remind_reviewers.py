"""Reminds who has not decided yet. Nobody is reminded of a review that is decided."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState
from compliance.rounds import remind
from contracts.history import ReminderStep
from reviews.app import current_app
from reviews.requesting import ask, pending_reviewers
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def remind_reviewers(step: dict[str, Any]) -> dict[str, Any]:
    """Note the reminder in the ledger, then send it. Done again, it is sent under the same message id."""
    asked, app = ReminderStep.model_validate(step), current_app()
    head = await app.ledger.change(asked.review_id, lambda stored: remind(stored, asked.number, asked.at))
    if head.state is ReviewState.OPEN:
        await ask(app, head, "reminder", asked.number, await pending_reviewers(app, head))
    return standing_of(head)
