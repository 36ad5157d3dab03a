"""Reminds who has not decided yet. Nobody is reminded of a review that is decided."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState
from compliance.rounds import remind
from contracts.history import ReminderStep
from reviews.app import adapters
from reviews.requesting import ask, undecided
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def remind_reviewers(step: dict[str, Any]) -> dict[str, Any]:
    """Note the reminder in the ledger, then send it. Done again, it is sent under the same message id."""
    asked, app = ReminderStep.model_validate(step), adapters()
    head = await app.ledger.change(asked.review_id, lambda stored: remind(stored, asked.number, asked.at))
    if head.state is ReviewState.OPEN:
        await ask(app, head, "reminder", asked.number, await undecided(app, head))
    return standing_of(head)
