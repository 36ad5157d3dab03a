"""Moves a document that was not approved to `archived`, in the cold tier of its policy."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from compliance.outcome import Outcome, Reason, ReviewState
from contracts.history import MoveResult, ReviewStep
from reviews.app import current_app

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def archive_document(step: dict[str, Any]) -> dict[str, Any]:
    """Where the document is now, or what prevented the move."""
    asked, app = ReviewStep.model_validate(step), current_app()
    head = await app.ledger.get(asked.review_id, remembered_since=ReviewState.DECIDED)
    if head.reason == Reason.UNREADABLE:
        return MoveResult(prevented=Outcome.FAILED, reason=Reason.UNREADABLE).model_dump(mode="json", by_alias=True)
    return (await app.mover.archive(head)).model_dump(mode="json", by_alias=True)
