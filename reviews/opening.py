"""Open a review, whichever trigger announced its document. Every step may be repeated, by the sweep too."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final, NamedTuple

import azure.durable_functions as df

from adapters.blobs.documents import Blob
from adapters.orchestration import start, start_first, wake
from adapters.policies import policies
from adapters.telemetry import log_review_opened
from compliance.case import continue_case
from compliance.document import DocumentVersion, bare_etag, review_id
from compliance.identity import same_person
from compliance.outcome import ReviewState
from compliance.review import Head
from contracts.blob_path import BlobNameError, canonical_name
from contracts.document_metadata import DOCUMENT_CLASS, MODIFIER, SUBMITTER, metadata_value
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import DocumentSubmittedV1
from contracts.names import PENDING
from contracts.policy_file.policies import ClassRefusedError
from reviews.app import App
from reviews.superseding import end_if_changed


class SubmissionRefusedError(ValueError):
    """The document cannot be reviewed as it was announced; the text says why and what to do.

    If `blob` is set, the fault is in its own metadata, and both triggers will report it.
    """

    def __init__(self, text: str, blob: Blob | None = None) -> None:
        super().__init__(text)
        self.blob = blob


class _Claims(NamedTuple):
    """The claims about a document, in its metadata or in a message."""

    document_class: str | None
    submitter: str | None
    modifier: str | None


_CLAIMED: Final = (DOCUMENT_CLASS, SUBMITTER, MODIFIER)  # their names in blob metadata, in the same order


async def open_announced(app: App, client: df.DurableOrchestrationClient, message: DocumentSubmittedV1) -> None:
    """Open the review of an announced document. Opens nothing if the announced bytes are no longer there.

    Raises SubmissionRefusedError.
    """
    blob = await app.documents.current(message.container, message.name)
    if blob is None or blob.etag != bare_etag(message.etag):
        logging.info(
            "Nothing opened: an announced version of a blob in %s is no longer the current one", message.container
        )
        return
    if message.container == PENDING:
        for claim, name in zip((message.document_class, message.submitter, message.modifier), _CLAIMED, strict=True):
            if claim is not None and not _agrees(claim, _claim_of(blob, name), name):
                raise SubmissionRefusedError(
                    f"the message contradicts the blob's metadata {name}; a document in {PENDING} carries its own"
                )
        await open_blob(app, client, blob)
    else:
        await _open(app, client, blob, _Claims(message.document_class, message.submitter, message.modifier))


async def open_blob(app: App, client: df.DurableOrchestrationClient, blob: Blob) -> bool:
    """Open the review of a blob that carries its own metadata. Returns False if the review is closed already.

    Raises SubmissionRefusedError.
    """
    return await _open(app, client, blob, _Claims(*(_claim_of(blob, name) for name in _CLAIMED)))


def _agrees(claim: str, of_blob: str | None, name: str) -> bool:
    return claim == of_blob or (name != DOCUMENT_CLASS and of_blob is not None and same_person(claim, of_blob))


def _claim_of(blob: Blob, name: str) -> str | None:
    try:
        return metadata_value(blob.metadata, name)
    except MalformedMessageError as malformed:
        raise SubmissionRefusedError(str(malformed), blob) from malformed


async def _open(app: App, client: df.DurableOrchestrationClient, blob: Blob, claims: _Claims) -> bool:
    itself = blob if blob.container == PENDING else None
    try:
        blob = replace(blob, name=canonical_name(blob.name))
    except BlobNameError as error:
        raise SubmissionRefusedError(f"the blob's name {error}; give the blob another name", itself) from error
    blob_review_id = review_id(blob.container, blob.name, blob.etag)
    try:
        policy = policies().resolve(policies().class_of(blob.name, claims.document_class))
    except ClassRefusedError as error:
        if stored := await app.ledger.find(blob_review_id):  # opened when it was allowed
            return stored.state is not ReviewState.CLOSED
        raise SubmissionRefusedError(str(error), itself) from error
    version = DocumentVersion(blob.container, blob.name, blob.etag, None, blob.length, blob.content_type)
    return await write_review(app, client, Head(blob_review_id, version, policy, claims.submitter, claims.modifier))


async def write_review(app: App, client: df.DurableOrchestrationClient, head: Head) -> bool:
    """End reviews of older versions, write this review's rows, and start its orchestration.

    Returns False if the review is closed already: then nothing is started.
    """
    marked = await app.ledger.unfinished.put(head)
    is_first = await app.ledger.names.put(head)
    previous = None if is_first else await _previous(app, client, head)
    is_new = await app.ledger.insert(continue_case(head, previous))
    if not is_new and (await app.ledger.get(head.review_id)).state is ReviewState.CLOSED:
        if marked:  # if it was marked before, its completion event is still to be acknowledged
            await app.ledger.unfinished.delete(head.review_id)
        return False
    log_review_opened(head)
    await (start_first if is_new else start)(client, head.review_id)
    return True


async def _previous(app: App, client: df.DurableOrchestrationClient, head: Head) -> Head | None:
    """End out-of-date reviews of this document's name. Returns the review opened before this one, or None."""
    listed = await app.ledger.names.reviews_of(head.document.container, head.document.name)
    previous, is_earlier = None, True
    for other in listed:
        if other == head.review_id:
            is_earlier = False
            continue
        found = await end_if_changed(app.ledger, app.documents, other)
        if found and found.state is ReviewState.DECIDED:
            await wake(client, other, found.stage)
        if is_earlier:
            previous = found or previous
    return previous
