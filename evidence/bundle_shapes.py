"""What the files of a bundle of evidence must hold before anything in them is looked at."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from contracts.messages.fields import Moment


class Shape(BaseModel):
    """Only what checking relies on; the audit trail vouches for all the rest."""

    model_config = ConfigDict(alias_generator=to_camel, extra="allow", strict=True)


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
    withdrawal_proof: str | None = None


class Policy(Shape):
    """`policy.json`."""

    document_class: str
    version: str
    sha256: str


class Record(Shape):
    """A line of `records.jsonl`."""

    record: dict[str, Any]
    digest: str
    stored_at: Moment


class Decision(Shape):
    """A line of `decisions.jsonl`."""

    seq: int
    decision_id: str
    verdict: str
    reviewer: str
    enqueued_at: Moment
    comment: str | None = None
    proof: str | None = None


class Copy(Shape):
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


class _File(Shape):
    sha256: str
    bytes: Annotated[int, Field(ge=0)]


class Manifest(Shape):
    """`manifest.json`."""

    format: str
    files: dict[str, _File]
