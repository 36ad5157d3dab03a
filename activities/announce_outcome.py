"""Publishes the completion event and finishes the review."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReviewStep
from reviews.announcing import announce
from reviews.app import adapters

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def announce_outcome(step: dict[str, Any]) -> None:
    """At least one event per review, all with one id; its `open` row stays until Event Grid has accepted it."""
    app = adapters()
    await announce(app.ledger, app.events, ReviewStep.model_validate(step).review_id)
