"""Begin the reviewers' time, or open a later stage of it, and ask the stage's reviewers."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from contracts.history import RequestStep
from reviews import requesting
from reviews.app import current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def request_decisions(step: dict[str, Any]) -> dict[str, Any]:
    """Return the standing, which is decided or closed if nothing was left to request. Raises ReviewNotFoundError."""
    request = RequestStep.model_validate(step)
    head = await requesting.request_decisions(current_app(), request.review_id, request.inspection, request.at)
    return standing_of(head).as_json()
