"""Publish the completion event and finish the review."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReviewStep
from reviews import announcing
from reviews.app import current_app

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def announce_outcome(step: dict[str, Any]) -> None:
    """Publish the event; if run again, publish it again under the same id.

    The review's `open` row stays until Event Grid has accepted an event.
    """
    await announcing.announce_outcome(current_app(), ReviewStep.model_validate(step).review_id)
