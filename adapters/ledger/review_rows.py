"""The rows of a review as they lie in the ledger, where each may be damaged."""

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
    """A row of the ledger that holds no value of its kind."""

    partition: str
    key: str


@dataclass(slots=True)
class ReviewRows:
    """What a review's partition says, and what in it says nothing."""

    head: StoredHead | None = None
    unreadable: list[Row] = field(default_factory=list)
    audit_fault: str | None = None  # None as well where there is no head that could be held against the records

    @property
    def head_is_unreadable(self) -> bool:
        """Whether there is a head, but no one can read it."""
        return any(row.key == HEAD for row in self.unreadable)


def read(review_id: str, rows: Sequence[StoredRow]) -> ReviewRows:
    """All that can be told of a review's partition."""
    found = ReviewRows()
    for row in rows:
        try:
            if row.key == HEAD:
                found.head = stored_head(row)
            elif row.key.startswith(_DECISION):
                decision_of(row.columns)
            elif row.key.startswith(_RECORD):
                audit_of(row.columns)
        except ValueError:  # pydantic's and JSON's errors are such
            found.unreadable.append(Row(review_id, row.key))
    if found.head:
        found.audit_fault = _audit_fault(review_id, found.head, rows)
    return found


def stored_head(row: StoredRow) -> StoredHead:
    """The head in its row. Raises ValueError."""
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
