"""The rows of a review as they lie in the ledger, where each may be damaged."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.ledger_rows import HEAD, audit_of, decision_of, head_of
from adapters.probe import StoredRow
from cli.observations import Row, StoredHead
from compliance.review import AuditRecord, RecordedDecision


@dataclass(slots=True)
class ReviewRows:
    """What a review's partition says, and what in it says nothing."""

    head: StoredHead | None = None
    decisions: list[RecordedDecision] = field(default_factory=list)
    audit: list[AuditRecord] = field(default_factory=list)
    unreadable: list[Row] = field(default_factory=list)

    @property
    def audit_fault(self) -> str | None:
        """What is wrong with the review's history; None as well where not all of it can be read."""
        return None


def read(review_id: str, rows: list[StoredRow]) -> ReviewRows:
    """All that can be read of a review's partition."""
    found = ReviewRows()
    for row in rows:
        try:
            if row.key == HEAD:
                found.head = stored_head(row)
            elif row.key.startswith("decision-"):
                found.decisions.append(decision_of(row.columns))
            elif row.key.startswith("audit-"):
                found.audit.append(audit_of(row.columns))
        except ValueError:  # pydantic's and JSON's errors are such
            found.unreadable.append(Row(review_id, row.key))
    return found


def stored_head(row: StoredRow) -> StoredHead:
    """The head in its row. Raises ValueError."""
    return StoredHead(head_of(row.columns), row.written_at)
