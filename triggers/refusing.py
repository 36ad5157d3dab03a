"""A submission that can never be reviewed as it is: an event says so, a message is kept where people can correct it."""

from __future__ import annotations

from adapters.composition import Adapters
from adapters.documents import Blob
from adapters.ledger_rows import OutboxEvent
from adapters.messages import Arrival, hashed_id
from contracts.outbound import SUBMISSION_REFUSED, DocumentFacts, SubmissionRefusedV1
from contracts.workflow import SUBMISSIONS_QUARANTINE

_SUBJECT = "/submissions"


async def refuse_message(app: Adapters, submission: Arrival, explanation: str) -> None:
    """The message goes to the quarantine. Safe to do twice."""
    event = OutboxEvent(
        id=hashed_id("submission", submission.message_id, explanation),
        type=SUBMISSION_REFUSED,
        subject=_SUBJECT,
        time=submission.enqueued_at.isoformat(),
        data=SubmissionRefusedV1(explanation=explanation, message_id=submission.message_id).wire(),
    )
    await app.ledger.put_in_outbox(event)
    await app.messages.quarantine(SUBMISSIONS_QUARANTINE, submission, "refused", explanation)
    await app.events.now_or_later(event)


async def refuse_blob(app: Adapters, blob: Blob, explanation: str) -> None:
    """The blob stays where it is; putting its metadata right makes a new version. Safe to do twice."""
    document = DocumentFacts(container=blob.container, name=blob.name, etag=blob.etag, length=blob.length)
    event = OutboxEvent(
        id=hashed_id("blob", blob.container, blob.name, blob.etag),
        type=SUBMISSION_REFUSED,
        subject=_SUBJECT,
        data=SubmissionRefusedV1(explanation=explanation, document=document).wire(),
    )
    await app.ledger.put_in_outbox(event)
    await app.events.now_or_later(event)
