"""Close a review once its document is moved."""

from __future__ import annotations

from datetime import datetime

from adapters.telemetry import log_review_closed
from compliance.outcome import Reason
from compliance.review import Head
from compliance.transitions import close
from contracts.history import MoveResult
from reviews.app import App


async def close_review(app: App, review_id: str, move: MoveResult, at: datetime) -> Head:
    """Record the outcome that follows from the verdict and the move. Returns the head. Safe to do twice.

    Raises ReviewNotFoundError, LedgerConflictError.
    """
    reason = Reason(move.reason) if move.reason else None
    head = await app.ledger.change(
        review_id, lambda stored: close(stored, at, move.location, move.prevented, reason, copy_etag=move.etag)
    )
    log_review_closed(head)
    return head
