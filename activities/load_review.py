"""Read the standing of a review."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState
from contracts.history import ReviewStep
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def load_review(step: dict[str, Any]) -> dict[str, Any]:
    """Return the standing in the ledger. Raises ReviewNotFoundError; the sweep will write the missing head."""
    review_id = ReviewStep.model_validate(step).review_id
    return standing_of(await current_app().ledger.get(review_id, remembered_since=ReviewState.DECIDED)).as_json()
