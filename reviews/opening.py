"""Open a review, whichever trigger announced its document. Every step may be repeated, by the sweep too."""

from __future__ import annotations

import logging
from dataclasses import replace
from enum import Enum, auto
from typing import Final, NamedTuple

import azure.durable_functions as df

from adapters.blobs.documents import Blob
from adapters.policies import policies
from adapters.telemetry import log_review_opened
from compliance.case import continue_case
from compliance.document import DocumentVersion, review_id
from compliance.outcome import Answer, ReviewState
from compliance.people.levels import Level
from compliance.review import Head
from contracts.blob_path import BlobNameError, canonical_name
from contracts.document_metadata import DOCUMENT_CLASS, MODIFIER, SUBMITTER, metadata_value
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import LONGEST_WRITE, PENDING
from contracts.policy_file.policies import ClassRefusedError
from reviews.app import App
from reviews.superseding import end_if_changed
from reviews.waking import start, wake

# Reviews of a name before and after the one to open: the opening of each has ended those before it, or the sweep does.
MOST_LOOKED_AT: Final = 50


class SubmissionRefusedError(ValueError):
    """The document cannot be reviewed as it was announced; the text says why and what to do.

    If `blob` is set, the fault is in its own metadata, and both triggers will report it. `answer` is set if the fault
    is in the proof of its submitter.
    """

    def __init__(self, text: str, blob: Blob | None = None, answer: Answer | None = None) -> None:
        super().__init__(text)
        self.blob = blob
        self.answer = answer


class Claims(NamedTuple):
    """The claims about a document, in its metadata or in a message."""

    document_class: str | None
    submitter: str | None
    modifier: str | None
    proof: str | None = None  # of the submitter, verified


CLAIMED: Final = (DOCUMENT_CLASS, SUBMITTER, MODIFIER)  # their names in blob metadata, in the same order


class Opening(Enum):
    """What became of a blob."""

    OPENED = auto()
    CLOSED = auto()  # its review is closed already
    IGNORED = auto()  # it is no document
    EMPTY = auto()  # it may still be written
    UNPROVEN = auto()  # its class demands a proof of its submitter, which may still come


async def open_blob(app: App, client: df.DurableOrchestrationClient, blob: Blob, proof: str | None = None) -> Opening:
    """Open the review of a blob that carries its own metadata. Raises SubmissionRefusedError."""
    if policies().ignores(blob.name, blob.length, blob.metadata):
        return _nothing(Opening.IGNORED, blob, "is no document by the policy's list")
    return await open_claimed(app, client, blob, Claims(*(claim_of(blob, name) for name in CLAIMED), proof=proof))


def claim_of(blob: Blob, name: str) -> str | None:
    try:
        return metadata_value(blob.metadata, name)
    except MalformedMessageError as malformed:
        raise SubmissionRefusedError(str(malformed), blob) from malformed


async def open_claimed(
    app: App, client: df.DurableOrchestrationClient, blob: Blob, claims: Claims, *, settled: bool = False
) -> Opening:
    """Open the review of a blob with these claims. An empty blob waits until it is old enough, or `settled`.

    Raises SubmissionRefusedError.
    """
    itself = blob if blob.container == PENDING else None
    try:
        blob = replace(blob, name=canonical_name(blob.name))
    except BlobNameError as error:
        raise SubmissionRefusedError(f"the blob's name {error}; give the blob another name", itself) from error
    blob_review_id = review_id(blob.container, blob.name, blob.etag)
    try:
        policy = policies().resolve(policies().class_of(blob.name, claims.document_class))
    except ClassRefusedError as error:
        if opened := await _opened_before(app, blob_review_id):  # when it was allowed
            return opened
        raise SubmissionRefusedError(str(error), itself) from error
    if claims.proof is None and policy.submitter_proof is not Level.NONE:
        return await _opened_before(app, blob_review_id) or Opening.UNPROVEN
    if not (blob.length or settled) and await app.documents.age(blob) < LONGEST_WRITE:
        return _nothing(Opening.EMPTY, blob, "is empty and may still be written")
    version = DocumentVersion(blob.container, blob.name, blob.etag, None, blob.length, blob.content_type)
    head = Head(
        blob_review_id,
        version,
        policy,
        claims.submitter,
        claims.modifier,
        blob.changed_at,
        submission_proof=claims.proof,
    )
    return Opening.OPENED if await write_review(app, client, head) else Opening.CLOSED


async def _opened_before(app: App, identity: str) -> Opening | None:
    """Return what became of a version that has its review already. None if it has none."""
    stored = await app.ledger.find(identity)
    if stored is None:
        return None
    return Opening.CLOSED if stored.state is ReviewState.CLOSED else Opening.OPENED


def unproven(blob: Blob) -> SubmissionRefusedError:
    """Return the refusal of a blob that nobody has announced with a proof, although its class demands one."""
    text = (
        "this document class needs a proof of who submits a document: submit it at the front door, which announces it "
        "with a DocumentSubmittedV2"
    )
    return SubmissionRefusedError(text, blob if blob.container == PENDING else None, Answer.PROOF_MISSING)


def _nothing(opening: Opening, blob: Blob, why: str) -> Opening:
    logging.info("Nothing opened: the blob with ETag %s in %s %s", blob.etag, blob.container, why)
    return opening


async def write_review(app: App, client: df.DurableOrchestrationClient, head: Head) -> bool:
    """End reviews of older versions, write this review's rows, and start its orchestration.

    Returns False if the review is closed already: then nothing is started.
    """
    marked = await app.ledger.unfinished.put(head)
    is_first = await app.ledger.names.put(head)
    earlier = [] if is_first else await _earlier(app, client, head)
    is_new = await app.ledger.insert(continue_case(head, earlier[-1] if earlier else None))
    if not is_new and (await app.ledger.get(head.review_id)).state is ReviewState.CLOSED:
        if marked:  # if it was marked before, its completion event is still to be acknowledged
            await app.ledger.unfinished.delete(head)
        return False
    if is_new:
        log_review_opened(head)
    await start(app, client, head.review_id, is_new=is_new)
    await app.ledger.own.put_submitted(head)
    return True


async def _earlier(app: App, client: df.DurableOrchestrationClient, head: Head) -> list[Head]:
    """End out-of-date reviews of this document's name. Returns those opened before this one, the last one last."""
    listed = await app.ledger.names.reviews_of(head.document.container, head.document.name)
    place = listed.index(head.review_id) if head.review_id in listed else len(listed)
    earlier, is_earlier = list[Head](), True
    for other in listed[max(0, place - MOST_LOOKED_AT) : place + MOST_LOOKED_AT]:
        if other == head.review_id:
            is_earlier = False
            continue
        found = await end_if_changed(app.ledger, app.documents, other)
        if found and found.state is ReviewState.DECIDED:
            await wake(app, client, other, found.stage)
        if is_earlier and found:
            earlier.append(found)
    return earlier
