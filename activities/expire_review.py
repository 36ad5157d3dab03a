"""The deadline has passed: nobody decides any more, unless a decision that was in time is still in the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import azure.durable_functions as df

from activities.standing import standing_of
from adapters.composition import Adapters, adapters
from adapters.messages import body_of, first_enqueued
from compliance.ledger import expire
from compliance.outcome import ReviewState
from compliance.review import Head, Transition
from contracts.inbound import reported_ids
from contracts.strict_json import MAX_BYTES
from contracts.workflow import REVIEW_DECISIONS, ExpiryStep

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def expire_review(step: dict[str, Any]) -> dict[str, Any]:
    """Expire, or leave the review open for another grace. `final` expires whatever is queued."""
    asked, app = ExpiryStep.model_validate(step), adapters()
    head = await app.ledger.head(asked.review_id)
    if head is None:
        raise LookupError(f"review {asked.review_id} has no head in the ledger")
    if head.state is not ReviewState.OPEN or head.deadline is None:
        return standing_of(head)
    if not asked.final and await _queued_in_time(app, head.review_id, head.deadline):
        return standing_of(head)

    def expired(stored: Head | None, _: object) -> Transition | None:
        return expire(stored, asked.at) if stored else None

    done = await app.ledger.transition(asked.review_id, expired)
    return standing_of(done.head if done else head)


async def _queued_in_time(app: Adapters, review_id: str, deadline: datetime) -> bool:
    async for message in app.messages.peek(REVIEW_DECISIONS):
        body = body_of(message)
        if len(body) > MAX_BYTES or message.enqueued_time_utc is None:
            continue
        first = first_enqueued(message.enqueued_time_utc, message.application_properties or {})
        if first <= deadline and reported_ids(body)[0] == review_id:
            return True
    return False
