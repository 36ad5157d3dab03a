"""Expire a review whose deadline has passed, unless a decision that was in time is still in the queue."""

from __future__ import annotations

from datetime import datetime

from adapters.messaging.arrivals import first_enqueued
from adapters.messaging.messages import body_of
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.transitions import expire
from contracts.messages.decisions import read_decision
from contracts.messages.strict_json import MAX_BYTES
from contracts.names import DECISION_RETRIES, REVIEW_DECISIONS
from reviews.app import App
from reviews.documents.contradictions import check_not_contradicted


async def expire_review(app: App, review_id: str, at: datetime, *, final: bool) -> Head:
    """Expire an open review; leave it open if a decision that was in time is queued, unless this is `final`.

    Returns its head. Safe to do twice. Raises ReviewNotFoundError, LedgerConflictError, ContradictedError.
    """
    head = await app.ledger.get(review_id)
    if head.state is not ReviewState.OPEN or head.last_deadline is None:
        return head
    if not final and await _is_decision_queued(app, review_id, head.last_deadline):
        return head
    await check_not_contradicted(app.ledger, app.documents, head)
    return await app.ledger.change(review_id, lambda stored: expire(stored, at))


async def _is_decision_queued(app: App, review_id: str, deadline: datetime) -> bool:
    """Return whether a decision that was in time is in one of the two queues.

    A message that goes from the first queue to the second is in both for a while, so no order of events hides it.
    """
    for queue, may_be_copy in ((REVIEW_DECISIONS, False), (DECISION_RETRIES, True)):
        async for message in app.messages.peek(queue):
            body, enqueued_at = body_of(message), message.enqueued_time_utc
            if len(body) > MAX_BYTES or enqueued_at is None:
                continue
            claims = message.application_properties if may_be_copy else None
            if first_enqueued(enqueued_at, claims or {}) <= deadline and read_decision(body).review_id == review_id:
                return True
    return False
