"""A submission that can never be reviewed as it is: an event says so, a message is kept where people can correct it."""

from __future__ import annotations

from adapters.blobs.documents import Blob
from adapters.ledger.rows import OutboxEvent
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import hashed_id
from contracts.messages.outbound import SUBMISSION_REFUSED, DocumentFacts, SubmissionRefusedV1
from contracts.names import SUBMISSIONS_QUARANTINE
from reviews.app import Adapters

_SUBJECT = "/submissions"


async def refuse_message(app: Adapters, submission: Arrival, explanation: str, blob: Blob | None = None) -> None:
    """The message goes to the quarantine. Safe to do twice.

    With a `blob` the fault is that document's own, and the event is the one of `refuse_blob`.
    """
    event = _about_blob(blob, explanation) if blob else _about_message(submission, explanation)
    await app.ledger.outbox.put(event)
    await app.messages.quarantine(SUBMISSIONS_QUARANTINE, submission, "refused", explanation)
    await app.events.now_or_later(event)


async def refuse_blob(app: Adapters, blob: Blob, explanation: str) -> None:
    """The blob stays where it is; putting its metadata right makes a new version. Safe to do twice."""
    event = _about_blob(blob, explanation)
    await app.ledger.outbox.put(event)
    await app.events.now_or_later(event)


def _about_message(submission: Arrival, explanation: str) -> OutboxEvent:
    return OutboxEvent(
        id=hashed_id("submission", submission.fingerprint, explanation),
        type=SUBMISSION_REFUSED,
        subject=_SUBJECT,
        time=submission.enqueued_at.isoformat(),
        data=SubmissionRefusedV1(explanation=explanation, message_id=submission.message_id).wire(),
    )


def _about_blob(blob: Blob, explanation: str) -> OutboxEvent:
    """One event for one document version, whichever road announced it: nothing in it is of the road."""
    document = DocumentFacts(container=blob.container, name=blob.name, etag=blob.etag, length=blob.length)
    return OutboxEvent(
        id=hashed_id("blob", blob.container, blob.name, blob.etag),
        type=SUBMISSION_REFUSED,
        subject=_SUBJECT,
        data=SubmissionRefusedV1(explanation=explanation, document=document).wire(),
    )
