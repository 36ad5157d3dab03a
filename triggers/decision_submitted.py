"""A reviewer's decision: parse strictly, record in the ledger, answer, wake the review if it is decided now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import azure.durable_functions as df
import azure.functions as func
from azure.core.exceptions import AzureError

from adapters.ledger.store import LedgerConflictError
from adapters.messaging.arrivals import Arrival, received
from compliance.delegation import Delegation
from compliance.ledger import record, withdraw
from compliance.outcome import Answer, Verdict
from compliance.proof import counted_if_proven
from compliance.review import Decision, Head, RecordedDecision, Transition
from contracts.messages.decisions import (
    AboutReview,
    ChangesRequestedV1,
    DecisionSubmittedV1,
    DelegationV1,
    QuarantineHandledV1,
    ReviewWithdrawnV1,
    parse_decision,
)
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import REVIEW_DECISIONS
from reviews.answering import Reply, answer_decision
from reviews.app import Adapters, adapters
from reviews.delegating import delegate
from reviews.proving import unproven

bp = df.Blueprint()

_PERHAPS_DELEGATED: Final = (Answer.NOT_PERMITTED, Answer.STAGE_NOT_OPEN)


@bp.service_bus_queue_trigger(
    arg_name="message", queue_name=REVIEW_DECISIONS, connection="ServiceBus", data_type=func.DataType.BINARY
)
@bp.durable_client_input(client_name="client")
async def on_decision_submitted(message: func.ServiceBusMessage, client: df.DurableOrchestrationClient) -> None:
    """A redelivery records nothing new, answers the same and wakes again.

    An unknown review may be about to open and a fault may pass, so both come again later instead of burning the
    broker's deliveries within seconds. What fails even then is dead-lettered by the broker.
    """
    app, decision = adapters(), received(message)
    try:
        reply = await _reply(app, decision)
        if reply:
            await answer_decision(app, client, decision, reply)
            return
    except (AzureError, LedgerConflictError):
        if decision.again_after is None:
            raise
    if decision.again_after is not None:
        await app.messages.schedule_again(REVIEW_DECISIONS, decision, decision.again_after)


async def _reply(app: Adapters, decision: Arrival) -> Reply | None:
    """What to answer, once it is recorded; None: not yet, the review may be about to open."""
    try:
        said = parse_decision(decision.body)
    except MalformedMessageError as malformed:
        return Reply(Answer.MALFORMED, str(malformed))
    if isinstance(said, QuarantineHandledV1):
        return Reply(Answer.RECORDED, None, await app.quarantine_log.note(said, decision.copy_enqueued_at))
    if isinstance(said, DelegationV1):
        return await delegate(app, said, decision)
    if transition := await _recorded(app, said, decision):
        return Reply.of(transition)
    if decision.again_after is None:
        return Reply(Answer.UNKNOWN_REVIEW, "no review with this id has asked for decisions; check the reviewId")
    return None


async def _recorded(app: Adapters, said: AboutReview, decision: Arrival) -> Transition | None:
    """What the message comes to; delegations are looked for only where its sender is not permitted without."""

    async def counted(delegations: Sequence[Delegation]) -> Transition | None:
        return await app.ledger.transition(
            said.review_id, lambda head, recorded: _counted(head, recorded, said, decision, delegations)
        )

    done = await counted(())
    if done and done.answer in _PERHAPS_DELEGATED and not isinstance(said, ReviewWithdrawnV1):
        delegations = await app.delegations.to(said.reviewer)
        return await counted(delegations) if delegations else done
    return done


def _counted(
    head: Head | None,
    recorded: list[RecordedDecision],
    said: AboutReview,
    decision: Arrival,
    delegations: Sequence[Delegation],
) -> Transition | None:
    done = would_be(head, recorded, said, decision, delegations)
    if head is None or done is None:
        return None
    return counted_if_proven(head, done, lambda head: unproven(head, said, decision))


def would_be(
    head: Head | None,
    recorded: list[RecordedDecision],
    said: AboutReview,
    decision: Arrival,
    delegations: Sequence[Delegation] = (),
) -> Transition | None:
    """What a decision or withdrawal comes to by the rules, if its sender is who it says. None: no such review (yet)."""
    if not isinstance(said, ReviewWithdrawnV1):
        return record(head, recorded, decision_of(said, decision), delegations)
    done = withdraw(head, said.by, decision.enqueued_at, said.reason)
    if done and done.writes:
        return replace(done, head=replace(done.head, withdrawal_proof=said.proof))
    return done


def decision_of(said: DecisionSubmittedV1 | ChangesRequestedV1, decision: Arrival) -> Decision:
    """The decision as the rules see it."""
    return Decision(
        decision_id=said.decision_id,
        verdict=Verdict(said.decision),
        reviewer=said.reviewer,
        digest=said.digest(),
        message_id=decision.message_id,
        enqueued_at=decision.enqueued_at,
        comment=said.comment,
        document_sha256=said.document_sha256,
        etag=said.etag,
        proof=said.proof,
    )
