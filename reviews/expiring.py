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
from contracts.names import REVIEW_DECISIONS
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
    async for message in app.messages.peek(REVIEW_DECISIONS):
        body = body_of(message)
        if len(body) > MAX_BYTES or message.enqueued_time_utc is None:
            continue
        first = first_enqueued(message.enqueued_time_utc, message.application_properties or {})
        if first <= deadline and read_decision(body).review_id == review_id:
            return True
    return False
