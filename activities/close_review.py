"""Names the outcome, after the move."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from adapters.telemetry import review_closed
from compliance.ledger import close
from compliance.outcome import Reason
from contracts.history import CloseStep
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def close_review(step: dict[str, Any]) -> dict[str, Any]:
    """Close the review, or return how it was closed already."""
    asked, app = CloseStep.model_validate(step), current_app()
    move = asked.move
    reason = Reason(move.reason) if move.reason else None
    closed = await app.ledger.change(
        asked.review_id, lambda stored: close(stored, asked.at, move.location, move.prevented, reason)
    )
    review_closed(closed)
    return standing_of(closed)
