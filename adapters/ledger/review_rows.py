"""A review's partition, read row by row because any row may be damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.ledger.rows import HEAD, audit_of, decision_content_of, decision_of, head_of, stored_record_of
from adapters.probe import StoredRow
from compliance.review import Head
from evidence.checks import Evidence, first_alteration
from evidence.head_facts import head_content

_RECORD, _DECISION = "audit-", "decision-"


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A review's head and when storage last wrote it."""

    head: Head
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """The keys of a row that cannot be read as a value of its kind."""

    partition: str
    key: str


@dataclass(slots=True)
class ReviewRows:
    """The readable parts of a review's partition, and the rows that are unreadable."""

    head: StoredHead | None = None
    unreadable: list[Row] = field(default_factory=list)
    audit_fault: str | None = None  # None, too, if there is no head to compare the records with

    @property
    def head_is_unreadable(self) -> bool:
        """True if there is a head that cannot be read."""
        return any(row.key == HEAD for row in self.unreadable)


def read_review_rows(review_id: str, rows: Sequence[StoredRow]) -> ReviewRows:
    """Read all rows of a review's partition."""
    partition = ReviewRows()
    for row in rows:
        try:
            if row.key == HEAD:
                partition.head = stored_head(row)
            elif row.key.startswith(_DECISION):
                decision_of(row.columns)
            elif row.key.startswith(_RECORD):
                audit_of(row.columns)
        except ValueError:  # as pydantic and json raise
            partition.unreadable.append(Row(review_id, row.key))
    if partition.head:
        partition.audit_fault = _audit_fault(review_id, partition.head, rows)
    return partition


def stored_head(row: StoredRow) -> StoredHead:
    """Read a head from its row. Raises ValueError."""
    return StoredHead(head_of(row.columns), row.written_at)


def _audit_fault(review_id: str, head: StoredHead, rows: Sequence[StoredRow]) -> str | None:
    fault = first_alteration(
        Evidence(
            review_id,
            head={"lastAudit": 0, **head_content(head.head)},
            records=tuple(stored_record_of(row.columns) for row in rows if row.key.startswith(_RECORD)),
            decisions=tuple(decision_content_of(row.columns) for row in rows if row.key.startswith(_DECISION)),
        )
    )
    return str(fault) if fault else None
