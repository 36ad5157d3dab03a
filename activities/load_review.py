"""Reads where a review stands."""

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
    """The standing in the ledger. Raises ReviewNotFoundError, which the opener and the sweep mend."""
    asked = ReviewStep.model_validate(step)
    return standing_of(await current_app().ledger.get(asked.review_id, remembered_since=ReviewState.DECIDED))
