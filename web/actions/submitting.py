"""Submitting a document: it is uploaded, and announced with an attestation of its submitter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from adapters.blobs.documents import Blob
from adapters.front_door.uploads import UploadConflictError, upload
from compliance.document import DocumentVersion, review_id
from compliance.people.identity import same_person
from contracts.blob_path import BlobNameError, canonical_name
from contracts.content_types import content_type_of
from contracts.document_metadata import SUBMITTER, metadata_of, metadata_value
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import DocumentSubmittedV2
from contracts.names import DOCUMENT_SUBMISSIONS, SUBMISSIONS
from contracts.policy_file.policies import ClassRefusedError
from contracts.proofs.submission_attestation import SubmittedDocument
from web.actions.sending import invalid, message_of
from web.door import Door
from web.problems import ProblemError, conflict
from web.requests import too_large
from web.views.permissions import is_submitter, permissions_of, standing_delegations
from web.visitors import Visitor

MOST_BYTES: Final = 16 << 20  # larger documents are submitted by the command


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that somebody submits."""

    name: str
    content: bytes
    document_class: str | None = None


async def submit(door: Door, visitor: Visitor, handed_in: Upload) -> str:
    """Upload and announce a document. Returns the id of the review that is going to be opened.

    It may replace an earlier version that the same person has submitted, and nothing else. Raises ProblemError. A name
    that somebody else's document has is refused like one that no document can have, unless that document concerns the
    person.
    """
    name = _checked_name(door, handed_in)
    metadata = _metadata(handed_in, visitor)
    over = await _replaced(door, visitor, name)
    try:
        etag = await upload(
            door.documents, name, handed_in.content, content_type=content_type_of(name), metadata=metadata, over=over
        )
    except UploadConflictError as error:
        raise _unusable() from error
    version = DocumentVersion(SUBMISSIONS, name, etag, hashlib.sha256(handed_in.content).hexdigest())
    await _announce(door, visitor, version, handed_in.document_class)
    return review_id(SUBMISSIONS, name, etag)


async def _announce(door: Door, visitor: Visitor, version: DocumentVersion, document_class: str | None) -> None:
    document = SubmittedDocument(version, visitor.name, document_class)
    at = int(door.now().timestamp())
    proof = await door.attestor().attest_submission(document, visitor.principal.sign_in, at)
    fields = {
        "type": "DocumentSubmittedV2",
        "container": version.container,
        "name": version.name,
        "etag": version.etag,
        "documentClass": document_class,
        "submitter": visitor.name,
        "documentSha256": version.sha256,
        "submitterProof": proof,
    }
    message = message_of(DocumentSubmittedV2, fields)
    body = message.model_dump(mode="json", by_alias=True, exclude_none=True)
    identity = review_id(version.container, version.name, version.etag)
    await door.messages.send(DOCUMENT_SUBMISSIONS, body, message_id=identity)


def _checked_name(door: Door, handed_in: Upload) -> str:
    """Return the name as storage keeps it. Raises ProblemError if the document would get no review."""
    try:
        name = canonical_name(handed_in.name)
    except BlobNameError as error:
        raise invalid(f"name: {error}; give the document another name") from error
    if not handed_in.content:
        raise invalid("file: it is empty")
    policies = door.policies()
    if policies.ignores(name, len(handed_in.content), {}):
        raise _unusable()
    try:
        policy = policies.resolve(policies.class_of(name, handed_in.document_class))
    except ClassRefusedError as error:
        raise invalid(f"documentClass: {error}") from error
    if len(handed_in.content) > policy.max_bytes:
        raise too_large(policy.max_bytes, "the file")
    return name


def _metadata(handed_in: Upload, visitor: Visitor) -> dict[str, str]:
    try:
        return metadata_of(handed_in.document_class, visitor.name)
    except MalformedMessageError as malformed:
        raise invalid(str(malformed)) from malformed


async def _replaced(door: Door, visitor: Visitor, name: str) -> str | None:
    """Return the ETag of the earlier version under the name, or None. Raises ProblemError if it is another's."""
    blob = await door.documents.current(SUBMISSIONS, name)
    if blob is None:
        return None
    review = await door.ledger.review(review_id(SUBMISSIONS, name, blob.etag))
    if is_submitter(visitor, review.head) if review else _was_left(visitor, blob):
        return blob.etag
    if review and permissions_of(visitor, review, await standing_delegations(door, visitor), door.now()).sees:
        raise conflict("name-taken", "somebody else's document has this name; give yours another one")
    raise _unusable()


def _was_left(visitor: Visitor, blob: Blob) -> bool:
    """Return whether a blob that has no review yet was uploaded by the same person."""
    try:
        submitter = metadata_value(blob.metadata, SUBMITTER)
    except MalformedMessageError:
        return False
    return submitter is not None and any(same_person(submitter, name) for name in visitor.names)


def _unusable() -> ProblemError:
    return invalid("name: a document of this name cannot be submitted now; give it another name")
