"""Checks that the records of an audit trail are the ones that were written, all of them, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

import rfc8785
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from compliance.history import AuditEvent
from contracts.digest import digest_of
from contracts.messages.fields import Moment
from evidence.chain import FIRST_PREVIOUS, StoredRecord

_BY_SOMEBODY: Final = (
    AuditEvent.REVIEW_WITHDRAWN,
    AuditEvent.RETRACTION_REQUESTED,
    AuditEvent.RIGHT_ENDED,
    AuditEvent.PLACE_REASSIGNED,
    AuditEvent.REVIEW_REPAIRED,
)
_WITH_DETAIL: Final = (
    AuditEvent.REVIEW_REPAIRED,
    AuditEvent.EARLIER_VERSION_REPLACED,
    AuditEvent.VERSION_REPLACED,
)


class FaultKind(StrEnum):
    """The kinds of faults in evidence."""

    EDITED = "edited"
    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    FOREIGN = "foreign"
    UNSUPPORTED = "unsupported"  # the chain is unbroken, but the rules do not lead from the records before to this one


@dataclass(frozen=True, slots=True)
class Fault:
    """The first piece of evidence that is not what was recorded, and what is wrong with it."""

    where: str
    wrong: FaultKind
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.wrong}: {self.text}"


class _Commitment(BaseModel):
    seq: int
    sha256: str


class _Facts(BaseModel):
    model_config = ConfigDict(extra="allow")

    decision: _Commitment | None = None
    document: dict[str, Any] | None = None


class _Content(BaseModel):
    """The content that every record has. Its digest covers whatever else it holds."""

    model_config = ConfigDict(extra="allow")

    event: str
    at: Moment | None = None
    who: str | None = None
    detail: str | None = None
    facts: _Facts

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.event == AuditEvent.DECISION_RECORDED and self.facts.decision is None:
            raise ValueError("it commits to no decision")
        if self.event in _BY_SOMEBODY and (self.who is None or self.at is None):
            raise ValueError("it does not say who did it, and when")
        if self.event in _WITH_DETAIL and self.detail is None:
            raise ValueError("it does not say why, or which other review it is about")
        return self


@dataclass(frozen=True, slots=True)
class Anchor:
    """The digest of record number `records`, kept outside of the trail."""

    source: str  # in words
    records: int
    digest: str


def first_chain_fault(review_id: str, records: Sequence[StoredRecord], end: Anchor) -> Fault | None:
    """Find the first record that is not what was written; None if there is none. `end` must name the last record.

    An edit of one record shows in its own digest; if that was replaced too, in the record after it. If everything
    after it was rewritten as well, the last digest is not the one that `end` and the anchors name.
    """
    digests = [actual_digest(record) for record in records]
    for number, record in enumerate(records, start=1):
        if fault := _own_fault(review_id, number, record, digests[number - 1], records):
            return fault
        expected = digests[number - 2] if number > 1 else FIRST_PREVIOUS
        if record.content.get("previous") != expected:
            return _broken_link(number, records, digests, end)
    if len(records) < end.records:
        return Fault(f"record {len(records) + 1}", FaultKind.MISSING, _miscount(records, end))
    if len(records) > end.records:
        return Fault(f"record {end.records + 1}", FaultKind.FOREIGN, _miscount(records, end))
    return anchor_fault(records, end)


def anchor_fault(records: Sequence[StoredRecord], anchor: Anchor) -> Fault | None:
    """Compare an unbroken chain with an anchor; None if the anchor was taken of it."""
    where = f"record {anchor.records}"
    if not 1 <= anchor.records <= len(records):
        return Fault(where, FaultKind.MISSING, _miscount(records, anchor))
    if records[anchor.records - 1].digest != anchor.digest:
        text = f"{anchor.source} names another digest: this record, or one before it, was rewritten"
        return Fault(where, FaultKind.EDITED, text)
    return None


def actual_digest(record: StoredRecord) -> str | None:
    """Compute the digest of a record's content; None if that has no canonical form, so was never written."""
    try:
        return digest_of(record.content)
    except rfc8785.CanonicalizationError:
        return None


def _own_fault(
    review_id: str, number: int, record: StoredRecord, digest: str | None, records: Sequence[StoredRecord]
) -> Fault | None:
    where = f"record {number}"
    if digest is None or digest != record.digest:
        return Fault(where, FaultKind.EDITED, "its digest is not that of its content")
    try:
        _Content.model_validate(record.content)
    except ValidationError:
        return Fault(where, FaultKind.EDITED, "it lacks what every record has")
    if record.content.get("reviewId") != review_id:
        return Fault(where, FaultKind.FOREIGN, "it was written for another review")
    seq = record.content.get("seq")
    if seq != number:
        moved = any(other.content.get("seq") == number for other in records)
        return Fault(where, FaultKind.OUT_OF_ORDER if moved else FaultKind.MISSING, f"record {seq} is in its place")
    return None


def _broken_link(number: int, records: Sequence[StoredRecord], digests: Sequence[str | None], end: Anchor) -> Fault:
    """Say which of two records that do not fit was edited: the earlier one if the later one's successor confirms it."""
    confirmed = records[number].content.get("previous") if number < len(records) else end.digest
    if number > 1 and confirmed == digests[number - 1]:
        text = f"record {number} was written after another record {number - 1}; this one was put in its place"
        return Fault(f"record {number - 1}", FaultKind.EDITED, text)
    return Fault(f"record {number}", FaultKind.EDITED, f"it does not name the digest of record {number - 1} before it")


def _miscount(records: Sequence[StoredRecord], anchor: Anchor) -> str:
    return f"{anchor.source} counts {anchor.records} records, there are {len(records)}"
