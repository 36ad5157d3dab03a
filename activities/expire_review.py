"""The deadline has passed: nobody decides any more, unless a decision that was in time is still in the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import azure.durable_functions as df

from adapters.messaging.arrivals import first_enqueued
from adapters.messaging.messages import body_of
from compliance.ledger import expire
from compliance.outcome import ReviewState
from contracts.history import ExpiryStep
from contracts.messages.decisions import read_decision
from contracts.messages.strict_json import MAX_BYTES
from contracts.names import REVIEW_DECISIONS
from reviews.app import App, current_app
from reviews.standing import standing_of

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def expire_review(step: dict[str, Any]) -> dict[str, Any]:
    """Expire, or leave the review open for another grace. `final` expires whatever is queued."""
    asked, app = ExpiryStep.model_validate(step), current_app()
    head = await app.ledger.get(asked.review_id)
    if head.state is not ReviewState.OPEN or head.last_deadline is None:
        return standing_of(head)
    if not asked.final and await _queued_in_time(app, head.review_id, head.last_deadline):
        return standing_of(head)
    return standing_of(await app.ledger.change(asked.review_id, lambda stored: expire(stored, asked.at)))


async def _queued_in_time(app: App, review_id: str, deadline: datetime) -> bool:
    async for message in app.messages.peek(REVIEW_DECISIONS):
        body = body_of(message)
        if len(body) > MAX_BYTES or message.enqueued_time_utc is None:
            continue
        first = first_enqueued(message.enqueued_time_utc, message.application_properties or {})
        if first <= deadline and read_decision(body).review_id == review_id:
            return True
    return False
