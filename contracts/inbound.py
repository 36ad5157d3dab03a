"""Messages that others send us. Readers ignore unknown keys, required fields never default, values are exact."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from compliance.identity import identity_of
from contracts.strict_json import MalformedMessageError, parse_object
from contracts.workflow import PENDING, SUBMISSIONS

# C0 controls, DEL and C1 controls never belong in an identifier or a person's name, and blanks alone name nothing.
PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
_64_HEX_DIGITS: Final = r"^[0-9a-f]{64}$"
# Blobs are addressed by URL, where such a segment leads elsewhere: `pending/../published/a` is in another container.
_SEGMENT: Final = r"([^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+)?"
_NO_DOT_SEGMENTS: Final = f"^{_SEGMENT}(/{_SEGMENT})*$"
_MEANING: Final = {
    PRINTABLE: "must be printable text, neither blank nor with control characters",
    _64_HEX_DIGITS: "must be 64 lowercase hexadecimal digits",
    _NO_DOT_SEGMENTS: "must not have '.' or '..' between slashes",
}


def _somebody(name: str) -> str:
    if not identity_of(name):
        raise ValueError("must name somebody: nothing of it can be seen")
    return name


Identifier = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE)]
Person = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=PRINTABLE), AfterValidator(_somebody)]
ReviewId = Annotated[str, StringConstraints(pattern=_64_HEX_DIGITS)]
Sha256 = Annotated[str, StringConstraints(pattern=_64_HEX_DIGITS)]
ETag = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE)]
Comment = Annotated[str, StringConstraints(max_length=4000)]
Proof = Annotated[str, StringConstraints(max_length=8192)]  # a compact JWS: contracts/proof.py
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
BlobName = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=_NO_DOT_SEGMENTS)]

_REVIEW_ID: TypeAdapter[str] = TypeAdapter(ReviewId)
_DECISION_ID: TypeAdapter[str] = TypeAdapter(Identifier)


class InboundModel(BaseModel):
    """Strict types, camelCase on the wire, unknown keys ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=False, frozen=True, strict=True, extra="ignore"
    )


M = TypeVar("M", bound=InboundModel)


class DecisionSubmittedV1(InboundModel):
    """A reviewer's decision, on queue `review-decisions`."""

    type: Literal["DecisionSubmittedV1"] = "DecisionSubmittedV1"
    decision_id: Identifier
    review_id: ReviewId
    decision: Literal["approve", "reject"]
    reviewer: Person
    comment: Comment | None = None
    document_sha256: Sha256 | None = None
    etag: ETag | None = None
    decided_at: Annotated[str, StringConstraints(max_length=64)] | None = None
    proof: Proof | None = None

    def digest(self) -> str:
        """SHA-256 (hex) over everything that was said; tells a repeated decision from a reused id."""
        said = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class ReviewWithdrawnV1(InboundModel):
    """The submitter takes the document back, on queue `review-decisions`."""

    type: Literal["ReviewWithdrawnV1"]
    review_id: ReviewId
    by: Person
    reason: Comment
    proof: Proof | None = None


class QuarantineHandledV1(InboundModel):
    """Somebody takes a message off a quarantine, on queue `review-decisions`: recorded before anything is done."""

    type: Literal["QuarantineHandledV1"]
    step_id: Identifier  # the same whenever the same step is told again
    action: Literal["replay", "discard"]
    queue: Literal["decisions-quarantine", "submissions-quarantine"]
    quarantined_id: Sha256  # as `compliance quarantine list` names the message
    by: Person
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    edited: bool = False
    review_id: ReviewId | None = None  # of the review that the message is about, as far as that can be read


class DocumentSubmittedV1(InboundModel):
    """A document that is ready for review, on queue `document-submissions`."""

    type: Literal["DocumentSubmittedV1"]
    container: Literal["pending", "submissions"]
    name: BlobName
    etag: ETag
    document_class: Identifier | None = None
    submitter: Person | None = None
    modifier: Person | None = None


class _BlobCreatedData(InboundModel):
    e_tag: ETag


class BlobCreated(InboundModel):
    """Event Grid's `Microsoft.Storage.BlobCreated` as a CloudEvent 1.0, on queue `document-submissions`.

    https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
    """

    specversion: Literal["1.0"]
    type: Literal["Microsoft.Storage.BlobCreated"]
    subject: Annotated[str, StringConstraints(max_length=2048)]
    data: _BlobCreatedData

    def announced(self) -> DocumentSubmittedV1:
        """The document that the event is about. Raises MalformedMessageError when the subject names no blob of ours."""
        prefix, found, path = self.subject.partition("/containers/")
        container, separator, name = path.partition("/blobs/")
        if prefix != "/blobServices/default" or not (found and separator and name):
            raise MalformedMessageError(f"the subject {_shown(self.subject)} does not name a blob")
        if container not in (PENDING, SUBMISSIONS):
            raise MalformedMessageError(f"the container {_shown(container)} is not one that documents are submitted to")
        wire = {"type": "DocumentSubmittedV1", "container": container, "name": name, "etag": self.data.e_tag}
        return _validated(DocumentSubmittedV1, wire)


def parse_decision(body: bytes) -> DecisionSubmittedV1 | ReviewWithdrawnV1 | QuarantineHandledV1:
    """What a message on `review-decisions` says. Raises MalformedMessageError with what is wrong and where."""
    said = parse_object(body)
    match said.get("type", "DecisionSubmittedV1"):
        case "DecisionSubmittedV1":
            return _validated(DecisionSubmittedV1, said)
        case "ReviewWithdrawnV1":
            return _validated(ReviewWithdrawnV1, said)
        case "QuarantineHandledV1":
            return _validated(QuarantineHandledV1, said)
        case other:
            raise MalformedMessageError(
                f"the type {_shown(other)} is not known here; send DecisionSubmittedV1 or ReviewWithdrawnV1"
            )


def parse_submission(body: bytes) -> DocumentSubmittedV1:
    """What a message on `document-submissions` announces. Raises MalformedMessageError with what is wrong and where."""
    said = parse_object(body)
    match said.get("type"):
        case "DocumentSubmittedV1":
            return _validated(DocumentSubmittedV1, said)
        case "Microsoft.Storage.BlobCreated":
            return _validated(BlobCreated, said).announced()
        case other:
            raise MalformedMessageError(
                f"the type {_shown(other)} is not known here; send DocumentSubmittedV1 or a BlobCreated CloudEvent"
            )


def reported_ids(body: bytes) -> tuple[str | None, str | None]:
    """Review id and decision id of a message that is refused, as far as they can be read and are well formed."""
    try:
        said = parse_object(body)
    except MalformedMessageError:
        return None, None
    return _well_formed(_REVIEW_ID, said.get("reviewId")), _well_formed(_DECISION_ID, said.get("decisionId"))


def _shown(value: object) -> str:
    return repr(str(value)[:80])


def _well_formed(form: TypeAdapter[str], value: object) -> str | None:
    try:
        return form.validate_python(value, strict=True)
    except ValidationError:
        return None


def _validated(model: type[M], said: dict[str, Any]) -> M:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {_complaint(found)}"
            for found in error.errors(include_input=False, include_url=False)
        )
        raise MalformedMessageError(wrong) from None


def _complaint(found: ErrorDetails) -> str:
    pattern = found.get("ctx", {}).get("pattern")
    return _MEANING[pattern] if pattern in _MEANING else found["msg"].removeprefix("Value error, ")
