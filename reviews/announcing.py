"""Announcing how a review ended; only the acknowledgement finishes it."""

from __future__ import annotations

from adapters.ledger.store import Ledger
from adapters.messaging.events import Events
from adapters.telemetry import review_announced
from contracts.messages.outbound import review_completed


async def announce(ledger: Ledger, events: Events, review_id: str) -> None:
    """Publish the completion event, then take the review off the unfinished ones.

    Raises ValueError when there is no such review or it is not closed.
    """
    review = await ledger.closed(review_id)
    if review is None:
        raise ValueError(f"there is no review {review_id} to announce")
    await events.completed(review_completed(review.head, review.decisions))
    review_announced(review_id)
    await ledger.unfinished.delete(review_id)
