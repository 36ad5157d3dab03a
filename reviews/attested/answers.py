"""The answers that the front door can ask for again, for the people for whom it has vouched."""

from __future__ import annotations

from adapters.attestation_keys import attestation_keys
from adapters.ledger.answers import GivenAnswer, answer_row
from adapters.ledger.delegations import partition_of
from adapters.ledger.rows import Row
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from compliance.people.attestation import SignIn
from compliance.proof import difference
from compliance.review import Head
from compliance.rulings import Ruling
from contracts.digest import hashed_id
from contracts.messages.decisions import AboutReview, DelegationV1, RetractionV1, ReviewWithdrawnV1
from contracts.proofs.attestation import delegator, is_attestation, verify_attestation
from contracts.proofs.decision_proof import InvalidProofError, act_of, statement_of
from reviews.app import App


def answer_id(message: AboutReview | DelegationV1, message_id: str) -> str:
    """Return the id under which a message is answered: the decision's, or one made of the message's own id."""
    match message:
        case DelegationV1():
            return hashed_id("delegate", message_id)
        case ReviewWithdrawnV1() | RetractionV1():
            return hashed_id(act_of(message), message_id)
        case _:
            return message.decision_id


def answer_partition(message: AboutReview | DelegationV1) -> str:
    """Return the partition with the answer to a message: the review's, or the delegate's."""
    return partition_of(message.to) if isinstance(message, DelegationV1) else message.review_id


def rows_of_recorded(ruling: Ruling, message: AboutReview, arrival: Arrival) -> tuple[Row, ...]:
    """Return the row of the answer to a message that is recorded with it. Empty if it is not attested.

    Raises KeySetError.
    """
    if not ruling.writes or ruling.answer is not Answer.RECORDED:
        return ()
    return _rows(message, arrival, ruling.answer, ruling.explanation, ruling.head)


def rows_of_kept(delegation: DelegationV1, arrival: Arrival) -> tuple[Row, ...]:
    """Return the row of the answer to a delegation, kept with it. Empty if it is not attested. Raises KeySetError."""
    return _rows(delegation, arrival, Answer.RECORDED, None, None)


async def keep_refused(
    app: App,
    message: AboutReview | DelegationV1,
    arrival: Arrival,
    answer: Answer,
    explanation: str | None,
    *,
    head: Head | None,
) -> None:
    """Keep the answer to a refused message, if an attestation vouches for it. May be repeated. Raises KeySetError.

    `head` is that of its review, if it is about one.
    """
    if sender := _attested_sender(message):
        given = _given(sender, arrival, answer, explanation, head)
        await app.ledger.answers.put_refused(answer_partition(message), answer_id(message, arrival.message_id), given)


def _rows(
    message: AboutReview | DelegationV1, arrival: Arrival, answer: Answer, explanation: str | None, head: Head | None
) -> tuple[Row, ...]:
    sender = _attested_sender(message)
    if sender is None:
        return ()
    given = _given(sender, arrival, answer, explanation, head)
    return (answer_row(answer_partition(message), answer_id(message, arrival.message_id), given),)


def _given(sender: SignIn, arrival: Arrival, answer: Answer, explanation: str | None, head: Head | None) -> GivenAnswer:
    return GivenAnswer(
        sender.tenant_id,
        sender.object_id,
        answer,
        answer.refused,
        arrival.copy_enqueued_at,
        explanation,
        head.state if head else None,
        head.verdict if head else None,
    )


def _attested_sender(message: AboutReview | DelegationV1) -> SignIn | None:
    """Return the person whom the front door saw send this very message. None if no attestation vouches for it.

    Whether the message counts is another question: of the document, an attestation may say what it likes.
    """
    if message.proof is None or not is_attestation(message.proof):
        return None
    try:
        if isinstance(message, DelegationV1):
            return delegator(message, message.proof, attestation_keys())
        attested = verify_attestation(message.proof, attestation_keys())
    except InvalidProofError:
        return None
    expected = statement_of(message, attested.statement.document_sha256)
    return None if difference(expected, attested.statement) else attested.sign_in
