"""Every decision is answered. A refusal is also kept for people, in the quarantine, and announced as an event."""

from __future__ import annotations

from dataclasses import dataclass

import azure.durable_functions as df

from adapters.ledger.rows import OutboxEvent
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import hashed_id
from adapters.orchestration import wake
from adapters.telemetry import decision_answered
from compliance.outcome import Answer, ReviewState
from compliance.review import Head, Transition
from contracts.messages.decisions import reported_ids
from contracts.messages.outbound import DECISION_REFUSED, DecisionAnsweredV1, DecisionRefusedV1
from contracts.names import DECISION_REPLIES, DECISIONS_QUARANTINE
from reviews.app import Adapters


@dataclass(frozen=True, slots=True)
class Reply:
    """What a decision is answered, and the review as it is now, where there is one."""

    answer: Answer
    explanation: str | None = None
    head: Head | None = None

    @classmethod
    def of(cls, transition: Transition) -> Reply:
        """The reply that a transition of the ledger makes. Raises ValueError for one that answers nobody."""
        if transition.answer is None:
            raise ValueError("this transition answers no decision")
        return cls(transition.answer, transition.explanation, transition.head)


async def answer_decision(
    app: Adapters, client: df.DurableOrchestrationClient, decision: Arrival, reply: Reply
) -> None:
    """Reply, wake the review where it is decided, and make a refusal known. Safe to do twice."""
    review_id, decision_id = reported_ids(decision.body)
    refused = _refused(decision, reply, review_id, decision_id) if reply.answer.refused else None
    if refused:
        await app.ledger.outbox.put(refused)
        await app.messages.quarantine(DECISIONS_QUARANTINE, decision, reply.answer, reply.explanation or "")
    head = reply.head
    answered = DecisionAnsweredV1(
        answer=reply.answer,
        explanation=reply.explanation,
        review_id=review_id,
        decision_id=decision_id,
        review_state=head.state if head else None,
        verdict=head.verdict if head else None,
        outcome=head.outcome if head else None,
    )
    await app.messages.send(
        DECISION_REPLIES,
        answered.wire(),
        message_id=hashed_id("reply", decision.fingerprint, reply.answer),
        correlation_id=decision.message_id,
    )
    decision_answered(head, reply.answer)
    if head and reply.answer is Answer.RECORDED and head.stages_over and head.state is not ReviewState.CLOSED:
        await wake(client, head.review_id, head.stages_over - 1)
    if refused:
        await app.events.now_or_later(refused)


def _refused(decision: Arrival, reply: Reply, review_id: str | None, decision_id: str | None) -> OutboxEvent:
    data = DecisionRefusedV1(
        answer=reply.answer,
        explanation=reply.explanation or "",
        review_id=review_id,
        decision_id=decision_id,
        review_state=reply.head.state if reply.head else None,
    )
    return OutboxEvent(
        id=hashed_id("decision", decision.fingerprint, reply.answer),
        type=DECISION_REFUSED,
        subject=f"/reviews/{review_id}" if review_id else "/reviews",
        time=decision.enqueued_at.isoformat(),
        data=data.wire(),
    )
