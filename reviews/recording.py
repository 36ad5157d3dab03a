"""Record a decision, a request for changes or a withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from adapters.ledger.store import StoredReview
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer, Vote
from compliance.people import binding
from compliance.people.delegation import Delegation
from compliance.people.reviewers import Revocation
from compliance.refusal import Refusal, over_refusal, right_refusal
from compliance.retraction import retract
from compliance.review import Decision, Head
from compliance.rulings import Ruling, Transition
from compliance.transitions import record, withdraw
from contracts.messages.decisions import (
    AboutReview,
    ChangesRequestedV1,
    DecisionSubmittedV1,
    RetractionV1,
    ReviewWithdrawnV1,
)
from reviews.app import App
from reviews.attested.answers import rows_of_recorded
from reviews.attested.binding import bind_sender, find_sender, names_in_review
from reviews.documents.retracting import replaced_refusal
from reviews.operators.rights import note_revocation, standing_delegations
from reviews.proving import delegation_key_refusal, proof_refusal
from reviews.superseding import ending_of_changed

_DECISIONS: Final = (DecisionSubmittedV1, ChangesRequestedV1)
_PERHAPS_DELEGATED: Final = (Answer.NOT_PERMITTED, Answer.STAGE_NOT_OPEN)


async def record_message(app: App, message: AboutReview, arrival: Arrival) -> Ruling | None:
    """Record a decision or withdrawal in the ledger, or rule that it does not count.

    Returns None if there is no such review (yet) or its document is not inspected yet. Raises LedgerConflictError if
    others kept changing the review, KeySetError if the keys that verify the proof cannot be read.
    """
    review_id, at = message.review_id, arrival.copy_enqueued_at
    sender = message.reviewer if isinstance(message, _DECISIONS) else message.by
    revoked, of_name = await find_sender(app, sender)
    if revoked:
        await note_revocation(app, review_id, revoked, at)
    others = binding.other_names(sender, of_name)
    ruling, delegations = None, None
    async for attempt in app.ledger.attempts(message.review_id):
        names = (*others, *names_in_review(attempt.review, message.proof))
        ruling = rule(attempt.review, message, arrival, other_names=names)
        if ruling and ruling.answer in _PERHAPS_DELEGATED and isinstance(message, _DECISIONS):
            if delegations is None:
                delegations = await standing_delegations(app, review_id, (sender, *others), at)
            ruling = rule(attempt.review, message, arrival, delegations, names)
        if ruling is None:
            continue
        # A message that writes nothing needs no proof: repeated, it gets its first answer even if its key has expired.
        if ruling.writes and (refusal := _sender_refusal(attempt.review.head, ruling, message, arrival, revoked)):
            ruling = Ruling(Transition(attempt.review.head), refusal.answer, refusal.text)
        if ruling.writes and (refusal := await bind_sender(app, sender, message.proof, arrival, of_name)):
            ruling = Ruling(Transition(attempt.review.head), refusal.answer, refusal.text)
        if ruling.writes and isinstance(message, RetractionV1):
            if refusal := await replaced_refusal(app, attempt.review.head):
                ruling = Ruling(Transition(attempt.review.head), refusal.answer, refusal.text)
            else:
                await app.ledger.retractions.put(review_id)
        # Asked for each message that would count, because a document that is gone cannot be decided on any more.
        elif ruling.writes and (ending := await ending_of_changed(app.documents, attempt.review.head)):
            ended = ending(attempt.review.head)
            ruling = Ruling(ended, *over_refusal(ended.head))
        answered = rows_of_recorded(ruling, message, arrival)
        ruling = replace(ruling, transition=await attempt.commit(ruling.transition, replacing=answered))
    return ruling


def _sender_refusal(
    head: Head, ruling: Ruling, message: AboutReview, arrival: Arrival, revoked: Revocation | None
) -> Refusal | None:
    """Say why a message does not count for what its sender is. None if it does.

    Whether somebody's right has ended is judged by this copy's time, whatever past the message claims. `revoked` is the
    sender's revocation, which is not noted in a review that is over.
    """
    rights = (*head.ended_rights, revoked.right) if revoked else head.ended_rights
    row = ruling.transition.decision
    decided = row.decision if row else None
    by_whom = (decided.reviewer, decided.known_as, decided.on_behalf_of) if decided else (getattr(message, "by", None),)
    sent_at = row.decision.enqueued_at if row else ruling.transition.record.at
    return (
        right_refusal(rights, by_whom, arrival.copy_enqueued_at)
        or proof_refusal(head, message, arrival, sent_at)
        or (delegation_key_refusal(head, row.decision, arrival) if row else None)
    )


def rule(
    review: StoredReview,
    message: AboutReview,
    arrival: Arrival,
    delegations: Sequence[Delegation] = (),
    other_names: Sequence[str] = (),
) -> Ruling | None:
    """Apply the rules to a message, without a check of who sent it.

    Returns None if the review's document is not inspected yet.
    """
    head, at, proof = review.head, arrival.enqueued_at, message.proof
    match message:
        case ReviewWithdrawnV1():
            ruling = withdraw(head, message.by, at, message.reason)
            return _with_head(ruling, replace(ruling.head, withdrawal_proof=proof)) if ruling else None
        case RetractionV1():
            ruling = retract(head, message.by, at, message.reason)
            return _with_head(ruling, replace(ruling.head, retraction_proof=proof)) if ruling else None
        case DecisionSubmittedV1() | ChangesRequestedV1():
            decision = decision_of(message, arrival)
            return record(head, review.decisions, decision, delegations, other_names=other_names)


def _with_head(ruling: Ruling, head: Head) -> Ruling:
    """Return a ruling that writes this head, if it writes anything."""
    return replace(ruling, transition=replace(ruling.transition, head=head)) if ruling.writes else ruling


def decision_of(message: DecisionSubmittedV1 | ChangesRequestedV1, arrival: Arrival) -> Decision:
    """Return a message's decision as the rules see it."""
    return Decision(
        decision_id=message.decision_id,
        vote=Vote(message.decision),
        reviewer=message.reviewer,
        digest=message.digest(),
        message_id=arrival.message_id,
        enqueued_at=arrival.enqueued_at,
        copy_enqueued_at=arrival.copy_enqueued_at,
        comment=message.comment,
        document_sha256=message.document_sha256,
        etag=message.etag,
        proof=message.proof,
    )
