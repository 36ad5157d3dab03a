"""Close a review once its document is moved."""

from __future__ import annotations

from datetime import datetime

from adapters.telemetry import log_review_closed
from compliance.outcome import Reason, Verdict
from compliance.review import Head
from compliance.rulings import Transition
from compliance.transitions import close
from contracts.blob_path import BlobPath
from contracts.history import MoveResult
from contracts.names import PUBLISHED
from reviews.app import App
from reviews.documents.moving import OtherVerdictError


async def close_review(app: App, review_id: str, move: MoveResult, at: datetime) -> Head:
    """Record the outcome that follows from the verdict and the move. Returns the head. Safe to do twice.

    Raises ReviewNotFoundError, LedgerConflictError, OtherVerdictError.
    """
    reason = Reason(move.reason) if move.reason else None

    def close_moved(stored: Head) -> Transition:
        if move.location and not move.prevented:
            is_published = BlobPath.parse(move.location).container == PUBLISHED
            if is_published is not (stored.verdict is Verdict.APPROVE):
                raise OtherVerdictError(stored)
        return close(stored, at, move.location, move.prevented, reason, copy_etag=move.etag)

    head = await app.ledger.change(review_id, close_moved)
    log_review_closed(head)
    return head
