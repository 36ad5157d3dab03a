"""Expire a review after its deadline, unless a decision that was in time is still in the queue."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ExpiryStep
from reviews import expiring
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def expire_review(step: dict[str, Any]) -> dict[str, Any]:
    """Return the standing afterwards, which is open if the review waits for another grace period."""
    expiry = ExpiryStep.model_validate(step)
    head = await expiring.expire_review(current_app(), expiry.review_id, expiry.at, final=expiry.final)
    return standing_of(head).as_json()
