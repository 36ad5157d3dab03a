"""Escalate an undecided review: send a message to the people whom the policy names, who may decide from then on."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReviewStep
from reviews import requesting
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def escalate_review(step: dict[str, Any]) -> dict[str, Any]:
    """Return the standing after the escalation. A second run sends the message again under the same id."""
    review_step = ReviewStep.model_validate(step)
    head = await requesting.escalate_review(current_app(), review_step.review_id, review_step.at)
    return standing_of(head).as_json()
