"""The shapes that the files of a bundle must have before anything in them is used."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contracts.messages.fields import Moment


class Shape(BaseModel):
    """Only what verifying relies on; the audit trail vouches for the rest."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", strict=True)


class _Exact(Shape):
    """A shape to which nothing may be added, because no digest covers an addition."""

    model_config = ConfigDict(extra="forbid")


class _Document(Shape):
    container: str
    name: str
    etag: str
    sha256: str | None = None


class Review(Shape):
    """`review.json`."""

    review_id: str
    last_audit: int
    audit_digest: str
    document: _Document
    location: str | None = None
    submission_proof: str | None = None
    withdrawal_proof: str | None = None
    retraction_proof: str | None = None


class Policy(Shape):
    """`policy.json`."""

    document_class: str
    version: str
    sha256: str


class RecordLine(_Exact):
    """A line of `records.jsonl`."""

    record: dict[str, Any]
    digest: str
    stored_at: Moment


class DecisionLine(Shape):
    """A line of `decisions.jsonl`."""

    seq: int
    decision_id: str
    verdict: str
    reviewer: str
    enqueued_at: Moment
    copy_enqueued_at: Moment | None = None
    comment: str | None = None
    proof: str | None = None


class Copy(_Exact):
    """`copy.json`."""

    location: str
    metadata: dict[str, str]


class _Completion(Shape):
    audit_records: int
    audit_digest: str


class Event(Shape):
    """`completion-event.json`."""

    id: str
    type: str
    data: _Completion


class _File(_Exact):
    sha256: str
    bytes: Annotated[int, Field(ge=0)]


class Manifest(_Exact):
    """`manifest.json`."""

    format: str
    files: dict[str, _File]
