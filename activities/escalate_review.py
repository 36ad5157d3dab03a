"""Escalate a review that nobody has decided: tell the people whom the policy names; from now on they may decide."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReviewStep
from reviews.app import current_app
from reviews.requesting import escalate_review as escalate
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def escalate_review(step: dict[str, Any]) -> dict[str, Any]:
    """Note the escalation in the ledger, then send it. Done again, it is sent under the same message id."""
    asked = ReviewStep.model_validate(step)
    return standing_of(await escalate(current_app(), asked.review_id, asked.at))
