"""Publish events: the outcomes of reviews, and refusals, which pass through the outbox."""

from __future__ import annotations

import logging

from azure.core.exceptions import AzureError

from adapters.ledger.rows import OutboxEvent
from adapters.telemetry import log_review_announced
from compliance.outcome import ReviewState
from compliance.rounds import people_asked
from contracts.messages.events import REVIEW_COMPLETED, ReviewCompletedV1, review_completed
from reviews.app import App


async def announce_outcome(app: App, review_id: str) -> None:
    """Publish the completion event; once it is acknowledged, list the review as finished.

    Raises ValueError if the review is missing or not closed.
    """
    review = await app.ledger.review(review_id, remembered_since=ReviewState.CLOSED)
    if review is None:
        raise ValueError(f"there is no review {review_id} to announce")
    try:
        await app.events.publish(completion_event(review_completed(review.head, review.decisions)))
    except AzureError:
        await app.ledger.todo.put(review_id)
        raise
    log_review_announced(review_id)
    await app.ledger.unfinished.finish(review.head, review.decisions)
    await app.inboxes.correct(review.head, review.decisions, people_asked(review.head))


def completion_event(completed: ReviewCompletedV1) -> OutboxEvent:
    """Return the completion event of a review. Its id is the review's, so repeated events have the same."""
    return OutboxEvent(
        id=completed.review_id,
        type=REVIEW_COMPLETED,
        subject=f"/reviews/{completed.review_id}",
        time=completed.closed_at.isoformat() if completed.closed_at else None,
        data=completed.wire(),
    )


async def send_from_outbox(app: App, event: OutboxEvent) -> None:
    """Publish an event of the outbox and take it out."""
    await app.events.publish(event)
    await app.ledger.outbox.delete(event.id)


async def send_or_leave_in_outbox(app: App, event: OutboxEvent) -> None:
    """Publish an event of the outbox; if Event Grid does not take it now, the sweep sends it again."""
    try:
        await send_from_outbox(app, event)
    except AzureError as error:
        logging.warning("Event %s stays in the outbox for the sweep: %s", event.id, type(error).__name__)
