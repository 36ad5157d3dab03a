"""Answer messages on `review-decisions`. A refused message is also quarantined, and an event announces it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import azure.durable_functions as df

from adapters.attestation_keys import attestation_keys
from adapters.ledger.rows import OutboxEvent
from adapters.messaging.arrivals import Arrival
from adapters.policies import policies
from adapters.telemetry import log_decision_answered
from adapters.transient import TRANSIENT
from compliance.outcome import Answer, ReviewState
from compliance.refusal import newer_policy_refusal
from compliance.review import Head
from compliance.rulings import Ruling
from contracts.digest import hashed_id
from contracts.messages.decisions import (
    AboutReview,
    ChangesRequestedV1,
    DecisionSubmittedV1,
    DelegationV1,
    Reading,
    RetractionV1,
    read_decision,
)
from contracts.messages.events import DECISION_REFUSED, DecisionRefusedV1
from contracts.messages.outbound import DecisionAnsweredV1
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import DECISION_REPLIES, DECISION_RETRIES, DECISIONS_QUARANTINE
from reviews.announcing import send_or_leave_in_outbox
from reviews.app import App
from reviews.attested.answers import keep_refused
from reviews.delegating import delegate
from reviews.documents.retracting import retract_or_leave_to_sweep
from reviews.listing import list_message
from reviews.recording import record_message
from reviews.waking import wake

# After 42 seconds. Senders have a review's id from its request, which is sent after its head was written; who computes
# the id of a document of their own needs to wait for the row in `open`, which is written first.
_TRIES_OF_AN_UNKNOWN_REVIEW: Final = 3
_UNKNOWN_REVIEW: Final = (
    "no review with this id is known in the environment {}: check the reviewId, and that the request came from this "
    "environment; if its ledger was restored to an earlier time, send it again once the review has asked for decisions"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a message, and the review as it is now, if there is one."""

    answer: Answer
    explanation: str | None = None
    head: Head | None = None

    @classmethod
    def of(cls, ruling: Ruling) -> Reply:
        """Return the reply that a ruling makes."""
        return cls(ruling.answer, ruling.explanation, ruling.head)


async def answer_message(app: App, client: df.DurableOrchestrationClient, arrival: Arrival) -> None:
    """Carry out a message and reply; try again later if its review is unknown but may be about to open.

    A transient fault may pass, too. In both cases a copy of the message is scheduled on the queue to which only the app
    may send, which uses up none of the broker's ten deliveries; it is there before the message itself is completed.
    After the last try the message is dead-lettered.
    """
    reading = read_decision(arrival.body)
    try:
        if app.has_front_door:
            await app.key_reports.report(attestation_keys())
        reply = await reply_to(app, reading, arrival)
        if reply:
            await send_reply(app, client, arrival, reading, reply)
            return
    except TRANSIENT:
        if arrival.again_after is None:
            raise
    if arrival.again_after is not None:
        await app.messages.schedule_again(DECISION_RETRIES, arrival, arrival.again_after)


async def reply_to(app: App, reading: Reading, arrival: Arrival) -> Reply | None:
    """Carry out a message and return the reply. None if its review is unknown but may be about to open.

    Raises LedgerConflictError, KeySetError.
    """
    message = reading.message
    if isinstance(message, MalformedMessageError):
        return Reply(Answer.MALFORMED, str(message))
    if isinstance(message, DelegationV1):
        refusal = await delegate(app, message, arrival)
        return Reply(refusal.answer, refusal.text) if refusal else Reply(Answer.RECORDED)
    if ruling := await record_message(app, message, arrival):
        return Reply(ruling.answer, _explanation(ruling, message), ruling.head)
    if arrival.again_after is None or (
        arrival.tries >= _TRIES_OF_AN_UNKNOWN_REVIEW and not await app.ledger.unfinished.has(message.review_id)
    ):
        return Reply(Answer.UNKNOWN_REVIEW, _UNKNOWN_REVIEW.format(app.environment))
    return None


def _explanation(ruling: Ruling, message: AboutReview) -> str | None:
    """Return why the message does not count, with the policy that the review keeps if only today's permits it."""
    if ruling.answer is not Answer.NOT_PERMITTED or not isinstance(message, DecisionSubmittedV1 | ChangesRequestedV1):
        return ruling.explanation
    current = policies().by_class.get(ruling.head.policy.document_class)
    newer = newer_policy_refusal(ruling.head, current, message.reviewer)
    return newer.text if newer else ruling.explanation


async def send_reply(
    app: App, client: df.DurableOrchestrationClient, arrival: Arrival, reading: Reading, reply: Reply
) -> None:
    """Send the reply, wake the review if a stage of it is over, and make a refusal known. Safe to do twice."""
    refused = _refusal_event(arrival, reading, reply) if reply.answer.refused else None
    if refused:
        await app.ledger.outbox.put(refused)
    head, message = reply.head, reading.message
    if refused and (isinstance(message, DelegationV1) or (head and isinstance(message, AboutReview))):
        await keep_refused(app, message, arrival, reply.answer, reply.explanation, head=head)
    about = {"review_id": reading.review_id, "decision_id": reading.decision_id}
    await send_answer(app, arrival, reply, DECISIONS_QUARANTINE, **about)
    if head and _may_end_a_stage(head, reply.answer):
        await wake(app, client, head.review_id, head.stages_over - 1)
    if refused:
        await send_or_leave_in_outbox(app, refused)
    if head and isinstance(message, RetractionV1) and not reply.answer.refused:
        await retract_or_leave_to_sweep(app, head.review_id)
    if head and reply.answer is Answer.RECORDED:
        await list_message(app, reading, head)


async def send_answer(
    app: App,
    arrival: Arrival,
    reply: Reply,
    quarantine: str,
    *,
    review_id: str | None = None,
    decision_id: str | None = None,
) -> None:
    """Send the answer to a message, and put a copy of a refused one into `quarantine`. Safe to do twice."""
    if reply.answer.refused:
        await app.messages.quarantine(quarantine, arrival, reply.answer, reply.explanation or "")
    head = reply.head
    answered = DecisionAnsweredV1(
        answer=reply.answer,
        explanation=reply.explanation,
        review_id=review_id,
        decision_id=decision_id,
        review_state=head.state if head else None,
        verdict=head.verdict if head else None,
        outcome=head.outcome if head else None,
        environment=app.environment,
    )
    await app.messages.send_unless_full(
        DECISION_REPLIES,
        answered.wire(),
        message_id=hashed_id("reply", arrival.fingerprint, reply.answer),
        correlation_id=arrival.message_id,
    )
    log_decision_answered(head, reply.answer)


def _may_end_a_stage(head: Head, answer: Answer) -> bool:
    """Return whether the message may have ended a stage, perhaps when it came before: if its document was missing."""
    if head.state is ReviewState.DECIDED:
        return answer in (Answer.RECORDED, Answer.LATE)
    return answer is Answer.RECORDED and head.state is ReviewState.OPEN and head.stages_over > 0


def _refusal_event(arrival: Arrival, reading: Reading, reply: Reply) -> OutboxEvent:
    data = DecisionRefusedV1(
        answer=reply.answer,
        explanation=reply.explanation or "",
        review_id=reading.review_id,
        decision_id=reading.decision_id,
        review_state=reply.head.state if reply.head else None,
    )
    return OutboxEvent(
        id=hashed_id("decision", arrival.fingerprint, reply.answer),
        type=DECISION_REFUSED,
        subject=f"/reviews/{reading.review_id}" if reading.review_id else "/reviews",
        time=arrival.enqueued_at.isoformat(),
        data=data.wire(),
    )
