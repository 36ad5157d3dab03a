"""Tells those whom the policy names that a review has not been decided, and that they may decide from now on."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from adapters.ledger.unfinished import ReviewNotFoundError
from compliance.outcome import ReviewState
from compliance.rounds import escalate
from contracts.history import ReviewStep
from reviews.app import adapters
from reviews.requesting import ask
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def escalate_review(step: dict[str, Any]) -> dict[str, Any]:
    """Note the escalation in the ledger, then send it. Done again, it is sent under the same message id."""
    asked, app = ReviewStep.model_validate(step), adapters()
    done = await app.ledger.transition(
        asked.review_id, lambda stored, recorded: escalate(stored, recorded, asked.at) if stored else None
    )
    if done is None:
        raise ReviewNotFoundError(asked.review_id)
    head = done.head
    if head.state is ReviewState.OPEN and head.policy.escalation:
        await ask(app, head, "escalation", 0, head.policy.escalation.to)
    return standing_of(head)
