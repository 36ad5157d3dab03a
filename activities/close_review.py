"""Close a review after the move: record its outcome."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import CloseStep
from reviews import closing
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def close_review(step: dict[str, Any]) -> dict[str, Any]:
    """Return the standing of the review, closed now or before."""
    close_step = CloseStep.model_validate(step)
    head = await closing.close_review(current_app(), close_step.review_id, close_step.move, close_step.at)
    return standing_of(head).as_json()
