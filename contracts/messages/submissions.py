"""Messages on the queue `document-submissions`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import StringConstraints

from contracts.messages.envelopes import read_object, refuse_wrapped
from contracts.messages.fields import BlobName, ETag, Identifier, Moment, Person, Proof, Sha256
from contracts.messages.parsing import excerpt, validate_message
from contracts.messages.strict_json import MalformedMessageError
from contracts.models import InboundModel
from contracts.names import PENDING, SUBMISSIONS

_STORAGE: Final = "Microsoft.Storage."
_CREATED: Final = _STORAGE + "BlobCreated"


class _Submission(InboundModel):
    container: Literal["pending", "submissions"]
    """Container that holds the document."""
    name: BlobName
    """Name of the blob, not percent-encoded: 1 to 1024 characters in at most 254 parts between slashes, none of them
    empty, only dots, or with a dot at its end. A backslash is read as a slash, as storage does."""
    etag: ETag
    """ETag of the version to review, with or without quotes. If the blob has another one, the message is tried again
    for most of an hour and then refused, unless that version was reviewed or replaced."""
    document_class: Identifier | None = None
    """Class whose policy applies, 1 to 128 printable characters; absent: the policy file's path prefixes decide. In
    `pending` it must be the blob's metadata `documentclass`."""
    modifier: Person | None = None
    """Name of the person who changed the document last, 1 to 256 printable characters. In `pending` it must be the
    blob's metadata `modifier`."""


class DocumentSubmittedV1(_Submission):
    """A document that is ready for review, on queue `document-submissions`."""

    type: Literal["DocumentSubmittedV1"]
    """Type of the message."""
    submitter: Person | None = None
    """Name of the submitter, 1 to 256 printable characters. In `pending` it must be the blob's metadata `submitter`."""


class DocumentSubmittedV2(_Submission):
    """A document that somebody has handed in who had signed in at the front door, on queue `document-submissions`."""

    type: Literal["DocumentSubmittedV2"]
    """Type of the message."""
    submitter: Person
    """Name of the submitter, 1 to 256 printable characters. In `pending` it must be the blob's metadata `submitter`."""
    document_sha256: Sha256
    """SHA-256 of the bytes that were handed in: 64 lowercase hexadecimal digits. Other bytes are rejected."""
    submitter_proof: Proof
    """The front door's attestation of this submission: a compact JWS of at most 8192 characters. Some policies require
    it: docs/proofs.md."""


Submission = DocumentSubmittedV1 | DocumentSubmittedV2


class _BlobCreatedData(InboundModel):
    e_tag: ETag
    """ETag of the version that was written, without quotes; set by storage."""


class BlobCreated(InboundModel):
    """Event Grid's `Microsoft.Storage.BlobCreated` as a CloudEvent 1.0, on queue `document-submissions`.

    https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
    """

    specversion: Literal["1.0"]
    """Version of CloudEvents."""
    type: Literal["Microsoft.Storage.BlobCreated"]
    """Type of the event."""
    subject: Annotated[str, StringConstraints(max_length=2048)]
    """`/blobServices/default/containers/<container>/blobs/<name>`, set by storage; the name is not percent-encoded."""
    time: Moment | None = None
    """When storage wrote the version: ISO 8601 with a time zone."""
    data: _BlobCreatedData
    """What storage says of the blob; of its keys `eTag` alone is read."""

    def submission(self) -> DocumentSubmittedV1:
        """Return the event as a submission. Raises MalformedMessageError if its subject names no blob of ours."""
        prefix, found, path = self.subject.partition("/containers/")
        container, separator, name = path.partition("/blobs/")
        if prefix != "/blobServices/default" or not (found and separator and name):
            raise MalformedMessageError(f"the subject {excerpt(self.subject)} does not name a blob")
        if container not in (PENDING, SUBMISSIONS):
            raise MalformedMessageError(
                f"the container {excerpt(container)} is not one that documents are submitted to"
            )
        wire = {"type": "DocumentSubmittedV1", "container": container, "name": name, "etag": self.data.e_tag}
        return validate_message(DocumentSubmittedV1, wire)


def blob_created(container: str, name: str, etag: str) -> dict[str, Any]:
    """Return the event of an uploaded blob, for a road on which storage sends none."""
    subject = f"/blobServices/default/containers/{container}/blobs/{name}"
    return {"specversion": "1.0", "type": _CREATED, "subject": subject, "data": {"eTag": etag}}


class Announcement(NamedTuple):
    """An announced document. `written_at` is when storage wrote the version; None if storage did not say."""

    submission: Submission
    written_at: datetime | None = None
    by_storage: bool = False  # whoever submits the document may have more to say


def read_announcement(body: bytes) -> Announcement:
    """Read a message on `document-submissions`. Raises MalformedMessageError with what is wrong and where."""
    fields = _as_cloud_event(read_object(body))
    match fields.get("type"):
        case "DocumentSubmittedV1":
            return Announcement(validate_message(DocumentSubmittedV1, fields))
        case "DocumentSubmittedV2":
            return Announcement(validate_message(DocumentSubmittedV2, fields))
        case "Microsoft.Storage.BlobCreated":
            event = validate_message(BlobCreated, fields)
            written_at = datetime.fromisoformat(event.time) if event.time else None
            return Announcement(event.submission(), written_at, by_storage=True)
        case str() as kind if kind.startswith(_STORAGE):
            text = f"the event {excerpt(kind)} announces no new document; subscribe this queue to {_CREATED} alone"
            if kind == _STORAGE + "BlobRenamed":
                text += f"; a document renamed in {PENDING} gets its review from the sweep, within five minutes"
            raise MalformedMessageError(text)
        case None if "type" not in fields:
            refuse_wrapped(fields)
            raise MalformedMessageError(
                "the field type is missing; send DocumentSubmittedV1 or V2, or a BlobCreated event"
            )
        case other:
            if not str(other).startswith("Microsoft."):  # whose data hold no message
                refuse_wrapped(fields)
            raise MalformedMessageError(
                f"the type {excerpt(other)} is not known here; send DocumentSubmittedV1 or V2, or a BlobCreated event"
            )


def parse_submission(body: bytes) -> Submission:
    """Return the document that a message announces. Raises MalformedMessageError."""
    return read_announcement(body).submission


def _as_cloud_event(fields: dict[str, Any]) -> dict[str, Any]:
    """Return an event in Event Grid's own schema as a CloudEvent, and anything else as it is.

    https://learn.microsoft.com/azure/event-grid/event-schema
    """
    if "type" in fields or "eventType" not in fields:
        return fields
    as_in_both = {name: fields[name] for name in ("subject", "data") if name in fields}
    time = {"time": fields["eventTime"]} if "eventTime" in fields else {}
    return {"specversion": "1.0", "type": fields["eventType"], **time, **as_in_both}
