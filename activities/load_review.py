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
    """The standing in the ledger. Raises LookupError when no head was written, which the opener and the sweep mend."""
    asked = ReviewStep.model_validate(step)
    head = await adapters().ledger.head(asked.review_id)
    if head is None:
        raise LookupError(f"review {asked.review_id} has no head in the ledger")
    return standing_of(head)
