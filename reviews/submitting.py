"""Open the review of a document that a message or an event announces."""

from __future__ import annotations

import logging

import azure.durable_functions as df

from adapters.attestation_keys import attestation_keys
from adapters.blobs.documents import Blob
from adapters.messaging.arrivals import Arrival
from adapters.policies import policies
from compliance.document import bare_etag, review_id
from compliance.people.delegation import RETRIES
from compliance.people.identity import same_person
from contracts.digest import hashed_id
from contracts.document_metadata import DOCUMENT_CLASS
from contracts.messages.submissions import Announcement, DocumentSubmittedV2, Submission, blob_created
from contracts.names import DOCUMENT_SUBMISSIONS, PENDING
from contracts.proofs.submission_attestation import submission_refusal
from reviews.app import App
from reviews.attested.binding import bind_signed_in, find_binding
from reviews.opening import (
    CLAIMED,
    Claims,
    Opening,
    SubmissionRefusedError,
    claim_of,
    open_blob,
    open_claimed,
    unproven,
)


class NotThereError(Exception):
    """The announced version may be about to appear; the text says what to do if it does not."""


async def open_announced(
    app: App, client: df.DurableOrchestrationClient, announced: Announcement, arrival: Arrival
) -> None:
    """Open the review of an announced document. Opens nothing if the announcement is out of date.

    Raises SubmissionRefusedError, NotThereError.
    """
    message = announced.submission
    if policies().ignores(message.name, None, {}):
        _refuse_ignored(announced)
        return
    blob = await app.documents.current(message.container, message.name)
    if blob is None or blob.etag != bare_etag(message.etag):
        await _check_out_of_date(app, announced, blob, arrival)
        return
    if policies().ignores(blob.name, blob.length, blob.metadata):
        _refuse_ignored(announced)
        return
    proof, is_last = _verified_proof(message, arrival), arrival.again_after is None
    if proof and (submitter := message.submitter):
        of_name = await find_binding(app, submitter)
        if refusal := await bind_signed_in(app, submitter, proof, arrival, of_name):
            raise SubmissionRefusedError(refusal.text, None, refusal.answer)
    if message.container == PENDING:
        _check_claims(message, blob)
        opening = await open_blob(app, client, blob, proof)
    else:
        claims = Claims(message.document_class, message.submitter, message.modifier, proof)
        opening = await open_claimed(app, client, blob, claims, settled=is_last)
        if opening is Opening.EMPTY:  # only announcements open what is in `submissions`
            raise NotThereError("the blob is empty")
    if opening is Opening.UNPROVEN:
        if announced.by_storage and not is_last:
            raise NotThereError("its submitter may still announce it with a proof")
        raise unproven(blob)


async def await_announcement(app: App, blob: Blob) -> None:
    """Have a blob looked at again until it is announced with a proof, as if storage had sent the event of its upload.

    Safe to do twice.
    """
    event = blob_created(blob.container, blob.name, blob.etag)
    message_id = hashed_id("uploaded", blob.container, blob.name, blob.etag)
    await app.messages.send(DOCUMENT_SUBMISSIONS, event, message_id=message_id)


def _verified_proof(message: Submission, arrival: Arrival) -> str | None:
    """Return the attestation of a submission, verified with the front door's keys. None if it has none.

    A time that the message claims for itself is believed as far as the app's own retries go. Raises
    SubmissionRefusedError, KeySetError.
    """
    if not isinstance(message, DocumentSubmittedV2):
        return None
    received = arrival.copy_enqueued_at
    refusal = submission_refusal(message, attestation_keys(), max(arrival.enqueued_at, received - RETRIES), received)
    if refusal:
        raise SubmissionRefusedError(refusal.text, None, refusal.answer)
    return message.submitter_proof


def _refuse_ignored(announced: Announcement) -> None:
    if announced.written_at is None:
        text = "the policy file ignores files of this name (key ignore); submit the document under another name"
        raise SubmissionRefusedError(text)
    logging.info("Nothing opened: an event is about a file that is no document by the policy's list")


async def _check_out_of_date(app: App, announced: Announcement, blob: Blob | None, arrival: Arrival) -> None:
    """Log that the announced version has had its review or was replaced. Raises NotThereError if neither is known."""
    message = announced.submission
    if await app.ledger.find(review_id(message.container, message.name, message.etag)):
        why = "has a review already"
    elif blob and _is_newer(blob, announced, arrival):
        why = "was replaced by a newer one"
    elif blob:
        text = f"the blob has the ETag {blob.etag}, not the announced one; announce the version that is there"
        raise NotThereError(text)
    else:
        raise NotThereError("there is no such blob; upload the document, then announce it with the ETag that it gets")
    logging.info("Nothing opened: an announced version of a blob in %s %s", message.container, why)


def _is_newer(blob: Blob, announced: Announcement, arrival: Arrival) -> bool:
    """Return whether a blob was certainly written after the announced version. Storage rounds down to seconds.

    A sender's message may be about a version that never was. It is believed if the blob was written after the message,
    unless an earlier try had found nothing.
    """
    if announced.written_at:
        return blob.changed_at >= announced.written_at.replace(microsecond=0)
    return arrival.tries == 0 and blob.changed_at > arrival.enqueued_at


def _check_claims(message: Submission, blob: Blob) -> None:
    claims = (message.document_class, message.submitter, message.modifier)
    for claim, name in zip(claims, CLAIMED, strict=True):
        if claim is not None and not _agrees(claim, claim_of(blob, name), name):
            raise SubmissionRefusedError(
                f"the message contradicts the blob's metadata {name}; a document in {PENDING} carries its own"
            )


def _agrees(claim: str, of_blob: str | None, name: str) -> bool:
    return claim == of_blob or (name != DOCUMENT_CLASS and of_blob is not None and same_person(claim, of_blob))
