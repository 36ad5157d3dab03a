"""The answers that the front door can ask for again, for the people for whom it has vouched."""

from __future__ import annotations

from adapters.attestation_keys import attestation_keys
from adapters.ledger.answers import GivenAnswer, answer_row
from adapters.ledger.rows import Row
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from compliance.people.attestation import SignIn
from compliance.proof import difference
from compliance.rulings import Ruling
from contracts.digest import hashed_id
from contracts.messages.decisions import AboutReview, RetractionV1, ReviewWithdrawnV1
from contracts.proofs.attestation import is_attestation, verify_attestation
from contracts.proofs.decision_proof import InvalidProofError, act_of, statement_of
from reviews.app import App


def answer_id(message: AboutReview, message_id: str) -> str:
    """Return the id under which a message is answered: the decision's, or one made of the message's own id."""
    if isinstance(message, ReviewWithdrawnV1 | RetractionV1):
        return hashed_id(act_of(message), message_id)
    return message.decision_id


def rows_of_recorded(ruling: Ruling, message: AboutReview, arrival: Arrival) -> tuple[Row, ...]:
    """Return the row of the answer to a message that is recorded with it. Empty if it is not attested.

    Raises KeySetError.
    """
    sender = _attested_sender(message) if ruling.writes and ruling.answer is Answer.RECORDED else None
    if sender is None:
        return ()
    key = answer_id(message, arrival.message_id)
    return (answer_row(message.review_id, key, _given(sender, ruling, arrival)),)


async def keep_refused(app: App, message: AboutReview, arrival: Arrival, ruling: Ruling) -> None:
    """Keep the answer to a refused message, if an attestation vouches for it. May be repeated. Raises KeySetError."""
    if sender := _attested_sender(message):
        given, key = _given(sender, ruling, arrival), answer_id(message, arrival.message_id)
        await app.ledger.answers.put_refused(message.review_id, key, given)


def _given(sender: SignIn, ruling: Ruling, arrival: Arrival) -> GivenAnswer:
    return GivenAnswer(
        sender.tenant_id,
        sender.object_id,
        ruling.answer,
        ruling.answer.refused,
        arrival.copy_enqueued_at,
        ruling.explanation,
        ruling.head.state,
        ruling.head.verdict,
    )


def _attested_sender(message: AboutReview) -> SignIn | None:
    """Return the person whom the front door saw send this very message. None if no attestation vouches for it.

    Whether the message counts is another question: of the document, an attestation may say what it likes.
    """
    if message.proof is None or not is_attestation(message.proof):
        return None
    try:
        attested = verify_attestation(message.proof, attestation_keys())
    except InvalidProofError:
        return None
    expected = statement_of(message, attested.statement.document_sha256)
    return None if difference(expected, attested.statement) else attested.sign_in
