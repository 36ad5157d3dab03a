"""Refuse a submission that can never be reviewed as it is: announce it, and quarantine its message."""

from __future__ import annotations

from adapters.blobs.documents import Blob
from adapters.ledger.rows import OutboxEvent
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from contracts.digest import hashed_id
from contracts.messages.events import SUBMISSION_REFUSED, SubmissionRefusedV1
from contracts.messages.outbound import DocumentFacts
from contracts.names import SUBMISSIONS_QUARANTINE
from reviews.announcing import send_or_leave_in_outbox
from reviews.app import App

_SUBJECT = "/submissions"


async def refuse_message(
    app: App, arrival: Arrival, explanation: str, blob: Blob | None = None, answer: Answer | None = None
) -> None:
    """Quarantine a message and announce the refusal. Safe to do twice.

    If `blob` is set, the fault is in its own metadata, and the event is that of `refuse_blob`. `answer` says what is
    wrong with the proof of its submitter.
    """
    event = _about_blob(blob, explanation, answer) if blob else _about_message(arrival, explanation, answer)
    await app.ledger.outbox.put(event)
    await app.messages.quarantine(SUBMISSIONS_QUARANTINE, arrival, answer or "refused", explanation)
    await send_or_leave_in_outbox(app, event)


async def refuse_blob(app: App, blob: Blob, explanation: str) -> None:
    """Announce that a blob is refused. Safe to do twice.

    The blob stays where it is; correcting its metadata makes a new version.
    """
    event = _about_blob(blob, explanation)
    await app.ledger.outbox.put(event)
    await send_or_leave_in_outbox(app, event)


def _about_message(arrival: Arrival, explanation: str, answer: Answer | None) -> OutboxEvent:
    return OutboxEvent(
        id=hashed_id("submission", arrival.fingerprint, explanation),
        type=SUBMISSION_REFUSED,
        subject=_SUBJECT,
        time=arrival.enqueued_at.isoformat(),
        data=SubmissionRefusedV1(explanation=explanation, reason=answer, message_id=arrival.message_id).wire(),
    )


def _about_blob(blob: Blob, explanation: str, answer: Answer | None = None) -> OutboxEvent:
    """Return one event per document version, identical for both triggers."""
    document = DocumentFacts(container=blob.container, name=blob.name, etag=blob.etag, length=blob.length)
    return OutboxEvent(
        id=hashed_id("blob", blob.container, blob.name, blob.etag),
        type=SUBMISSION_REFUSED,
        subject=_SUBJECT,
        data=SubmissionRefusedV1(explanation=explanation, reason=answer, document=document).wire(),
    )
