"""Move an approved document to `published`."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from compliance.outcome import ReviewState
from contracts.history import ReviewStep
from reviews.app import current_app

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def publish_document(step: dict[str, Any]) -> dict[str, Any]:
    """Return the document's location after the move, or what prevented the move."""
    given, app = ReviewStep.model_validate(step), current_app()
    head = await app.ledger.get(given.review_id, remembered_since=ReviewState.DECIDED)
    return (await app.mover.publish(head, given.at)).as_json()
