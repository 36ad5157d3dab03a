"""Opening a review, whichever road announced the document. Every step may be repeated, by the sweep too."""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

import azure.durable_functions as df

from adapters.blobs.documents import Blob
from adapters.orchestration import start, start_first, wake
from adapters.policies import policies
from adapters.telemetry import review_opened
from compliance.case import in_case_of
from compliance.document import DocumentVersion, bare_etag, review_id
from compliance.outcome import ReviewState
from compliance.review import Head
from contracts.document_metadata import DOCUMENT_CLASS, MODIFIER, SUBMITTER, metadata_value
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import DocumentSubmittedV1
from contracts.names import PENDING
from reviews.app import Adapters
from reviews.superseding import supersede_if_replaced


class SubmissionRefusedError(ValueError):
    """The announced document cannot be reviewed as it was announced; the text says why and what to do.

    With a `blob` the fault is in what that says of itself, so that every road to it finds the same.
    """

    def __init__(self, text: str, blob: Blob | None = None) -> None:
        super().__init__(text)
        self.blob = blob


class _Claims(NamedTuple):
    """What a document says of itself, or a message of it."""

    document_class: str | None
    submitter: str | None
    modifier: str | None


_CLAIMED: Final = (DOCUMENT_CLASS, SUBMITTER, MODIFIER)  # in the same order, as blob metadata


async def open_announced(adapters: Adapters, client: df.DurableOrchestrationClient, said: DocumentSubmittedV1) -> None:
    """Open the review of an announced document; an announcement of bytes that are no longer there opens nothing.

    Raises SubmissionRefusedError.
    """
    blob = await adapters.documents.current(said.container, said.name)
    if blob is None or blob.etag != bare_etag(said.etag):
        logging.info(
            "Nothing opened: an announced version of a blob in %s is no longer the current one", said.container
        )
        return
    if said.container == PENDING:
        for claim, name in zip((said.document_class, said.submitter, said.modifier), _CLAIMED, strict=True):
            if claim is not None and claim != _said_by(blob, name):
                raise SubmissionRefusedError(
                    f"the message contradicts the blob's metadata {name}; a document in {PENDING} carries its own"
                )
        await open_blob(adapters, client, blob)
    else:
        await _open(adapters, client, blob, _Claims(said.document_class, said.submitter, said.modifier))


async def open_blob(adapters: Adapters, client: df.DurableOrchestrationClient, blob: Blob) -> bool:
    """Open the review of a blob that says itself what it is; False where it is closed already.

    Raises SubmissionRefusedError.
    """
    return await _open(adapters, client, blob, _Claims(*(_said_by(blob, name) for name in _CLAIMED)))


def _said_by(blob: Blob, name: str) -> str | None:
    try:
        return metadata_value(blob.metadata, name)
    except MalformedMessageError as malformed:
        raise SubmissionRefusedError(str(malformed), blob) from malformed


async def _open(adapters: Adapters, client: df.DurableOrchestrationClient, blob: Blob, said: _Claims) -> bool:
    identity = review_id(blob.container, blob.name, blob.etag)
    try:
        policy = policies().resolve(policies().class_of(blob.name, said.document_class))
    except KeyError as error:
        if stored := await adapters.ledger.head(identity):  # it was opened when there was one
            return stored.state is not ReviewState.CLOSED
        itself = blob if blob.container == PENDING else None
        raise SubmissionRefusedError(f"there is no policy for the document class {error}", itself) from error
    version = DocumentVersion(blob.container, blob.name, blob.etag, None, blob.length, blob.content_type)
    return await write_review(adapters, client, Head(identity, version, policy, said.submitter, said.modifier))


async def write_review(adapters: Adapters, client: df.DurableOrchestrationClient, head: Head) -> bool:
    """Ask the other reviews of its name whether they still hold, write this one's rows, and start its orchestration.

    False where it is closed already: then it is not started.
    """
    marked = await adapters.ledger.unfinished.put(head)
    is_first = await adapters.ledger.names.put(head)
    previous = None if is_first else await _previous(adapters, client, head)
    is_new = await adapters.ledger.insert(in_case_of(head, previous))
    if not is_new and (await adapters.ledger.existing(head.review_id)).state is ReviewState.CLOSED:
        if marked:  # else its completion event is still to be acknowledged
            await adapters.ledger.unfinished.delete(head.review_id)
        return False
    review_opened(head)
    await (start_first if is_new else start)(client, head.review_id)
    return True


async def _previous(adapters: Adapters, client: df.DurableOrchestrationClient, head: Head) -> Head | None:
    """The review that was opened before this one under the same name, once all others know whether they still hold."""
    listed = await adapters.ledger.names.reviews_of(head.document.container, head.document.name)
    previous, is_earlier = None, True
    for other in listed:
        if other == head.review_id:
            is_earlier = False
            continue
        asked = await supersede_if_replaced(adapters.ledger, adapters.documents, other)
        if asked and asked.state is ReviewState.DECIDED:
            await wake(client, other, asked.stage)
        if is_earlier:
            previous = asked or previous
    return previous
