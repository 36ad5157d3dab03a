"""Inspect the document under review: its length, its SHA-256 and the findings in its content."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import ReviewStep
from reviews import inspecting
from reviews.app import current_app

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def inspect_document(step: dict[str, Any]) -> dict[str, Any] | None:
    """Return the inspection; None if the review no longer waits for one."""
    inspection = await inspecting.inspect_document(current_app(), ReviewStep.model_validate(step).review_id)
    return inspection.as_json() if inspection else None
