"""Reads where a review stands."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from activities.standing import standing_of
from adapters.composition import adapters
from contracts.workflow import ReviewStep

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def load_review(step: dict[str, Any]) -> dict[str, Any]:
    """The standing in the ledger. Raises ReviewNotFoundError, which the opener and the sweep mend."""
    asked = ReviewStep.model_validate(step)
    return standing_of(await adapters().ledger.standing(asked.review_id))
