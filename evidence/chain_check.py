"""Whether the records of an audit trail are the ones that were written, all of them, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

import rfc8785
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from compliance.review import AuditEvent
from evidence.chain import FIRST_PREVIOUS, Json, digest_of


class Wrong(StrEnum):
    """What can be wrong with a piece of evidence."""

    EDITED = "edited"
    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    FOREIGN = "foreign"
    UNSUPPORTED = "unsupported"  # unbroken, but the rules do not lead to it from what was recorded before


@dataclass(frozen=True, slots=True)
class Fault:
    """The first piece of evidence that is not what it was: which, and what is wrong with it."""

    where: str
    wrong: Wrong
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.wrong}: {self.text}"


@dataclass(frozen=True, slots=True)
class Line:
    """A record as it is stored. `content` is all that its digest should cover, whatever it is now."""

    content: Json
    digest: str | None
    stored_at: str | None = None  # ISO 8601: storage's time, which no digest covers


def _with_zone(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time without a zone")
    return text


Moment = Annotated[str, AfterValidator(_with_zone)]  # ISO 8601 with a time zone


class _Committed(BaseModel):
    seq: int
    sha256: str


class _Facts(BaseModel):
    model_config = ConfigDict(extra="allow")

    decision: _Committed | None = None
    document: dict[str, Any] | None = None


class _Record(BaseModel):
    """What every record has. Its digest covers whatever else it holds."""

    model_config = ConfigDict(extra="allow")

    event: str
    at: Moment | None = None
    who: str | None = None
    detail: str | None = None
    facts: _Facts

    @model_validator(mode="after")
    def _tells_all(self) -> Self:
        if self.event == AuditEvent.DECISION_RECORDED and self.facts.decision is None:
            raise ValueError("it commits to no decision")
        if self.event == AuditEvent.REVIEW_WITHDRAWN and (self.who is None or self.at is None):
            raise ValueError("it does not say who withdrew, and when")
        return self


@dataclass(frozen=True, slots=True)
class Anchor:
    """The digest of record number `records`, kept where the trail is not."""

    source: str  # in words
    records: int
    digest: str


def first_fault(review_id: str, lines: Sequence[Line], end: Anchor) -> Fault | None:
    """The first record that is not what was written, or None. `end` is what must be the last record.

    Who edits one record without its digest is found there; with its digest, by the record after it. Who rewrites all
    that follows as well ends with another last digest than `end` and the anchors name.
    """
    digests = [actual_digest(line) for line in lines]
    for number, line in enumerate(lines, start=1):
        if fault := _own_fault(review_id, number, line, digests[number - 1], lines):
            return fault
        expected = digests[number - 2] if number > 1 else FIRST_PREVIOUS
        if line.content.get("previous") != expected:
            return _broken_link(number, lines, digests, end)
    if len(lines) < end.records:
        text = f"{end.source} speaks of {end.records} records, there are {len(lines)}"
        return Fault(f"record {len(lines) + 1}", Wrong.MISSING, text)
    if len(lines) > end.records:
        text = f"{end.source} speaks of {end.records} records, there are {len(lines)}"
        return Fault(f"record {end.records + 1}", Wrong.FOREIGN, text)
    return anchor_fault(lines, end)


def anchor_fault(lines: Sequence[Line], anchor: Anchor) -> Fault | None:
    """Whether an unbroken chain is the one that the anchor was taken of."""
    where = f"record {anchor.records}"
    if not 1 <= anchor.records <= len(lines):
        text = f"{anchor.source} speaks of {anchor.records} records, there are {len(lines)}"
        return Fault(where, Wrong.MISSING, text)
    if lines[anchor.records - 1].digest != anchor.digest:
        text = f"{anchor.source} names another digest: this record, or one before it, was rewritten"
        return Fault(where, Wrong.EDITED, text)
    return None


def actual_digest(line: Line) -> str | None:
    """The digest of what is there; None for what has no canonical form, which no record lacks."""
    try:
        return digest_of(line.content)
    except rfc8785.CanonicalizationError:
        return None


def _own_fault(review_id: str, number: int, line: Line, digest: str | None, lines: Sequence[Line]) -> Fault | None:
    where = f"record {number}"
    if digest is None or digest != line.digest:
        return Fault(where, Wrong.EDITED, "its digest is not that of its content")
    try:
        _Record.model_validate(line.content)
    except ValidationError:
        return Fault(where, Wrong.EDITED, "it lacks what every record has")
    if line.content.get("reviewId") != review_id:
        return Fault(where, Wrong.FOREIGN, "it was written for another review")
    if line.content.get("seq") != number:
        if any(other.content.get("seq") == number for other in lines):
            return Fault(where, Wrong.OUT_OF_ORDER, f"record {line.content.get('seq')} is in its place")
        return Fault(where, Wrong.MISSING, f"record {line.content.get('seq')} is in its place")
    return None


def _broken_link(number: int, lines: Sequence[Line], digests: Sequence[str | None], end: Anchor) -> Fault:
    """Of two records that do not fit, the later one is believed where what comes after it confirms it."""
    confirmed_by = lines[number].content.get("previous") if number < len(lines) else end.digest
    if number > 1 and confirmed_by == digests[number - 1]:
        text = f"record {number} was written after another record {number - 1}; this one was put in its place"
        return Fault(f"record {number - 1}", Wrong.EDITED, text)
    return Fault(f"record {number}", Wrong.EDITED, f"it does not name the digest of record {number - 1} before it")
