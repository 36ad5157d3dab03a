"""The finished reviews, newest first: rows of the partition `open` whose keys start with `past-`.

They are in that partition because one transaction takes a review out of the unfinished ones and puts it here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.lists.index_keys import boundary, newest_first
from adapters.ledger.table_rows import read_pages
from compliance.outcome import Outcome
from compliance.review import Head, RecordedDecision
from compliance.turnaround import decided_at, is_overdue

PAST: Final = "past-"  # after the ids of the unfinished reviews, as is each prefix in this partition
_END: Final = "past."  # after every key with that prefix
_MOST_NAMED: Final = 10  # people in a row


@dataclass(frozen=True, slots=True)
class FinishedReview:
    """What a list of finished reviews shows of one."""

    review_id: str
    document_class: str
    container: str
    name: str
    outcome: Outcome
    closed_at: datetime
    reason: str | None = None
    submitter: str | None = None
    decided_by: tuple[str, ...] = ()  # in the order of their decisions, the last ones if there are many
    submitted_at: datetime | None = None
    requested_at: datetime | None = None
    decided_at: datetime | None = None
    overdue: bool = False  # it was decided after its first deadline, or not at all


def finished_review(head: Head, decisions: Sequence[RecordedDecision]) -> FinishedReview | None:
    """Return what is listed of a closed review. None if it is not closed, or if its end has no known time."""
    closed_at = head.closed_at or head.requested_at
    if head.outcome is None or closed_at is None:
        return None
    document = head.document
    people = dict.fromkeys(each.decision.reviewer for each in decisions)
    return FinishedReview(
        head.review_id,
        head.policy.document_class,
        document.container,
        document.name,
        head.outcome,
        closed_at,
        head.reason,
        head.submitter,
        tuple(people)[-_MOST_NAMED:],
        head.submitted_at,
        head.requested_at,
        decided_at(head, decisions),
        is_overdue(head, decisions),
    )


def finished_row(review: FinishedReview) -> rows.Row:
    """Return the row of a finished review."""
    return rows.row_of(rows.OPEN, PAST + newest_first(review.closed_at, review.review_id), review)


class Finished:
    """The rows of finished reviews. They are for lists; what is true is in the heads."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def pages(
        self, size: int, *, since: datetime | None = None, until: datetime | None = None, after: str | None = None
    ) -> AsyncIterator[list[tuple[str, FinishedReview]]]:
        """Yield pages of the reviews that ended from `since` on and before `until`, newest first, each with its key.

        They go on after the key `after`.
        """
        first = PAST + (boundary(until) if until else "")
        last = PAST + boundary(since) if since else _END
        async for page in read_pages(self._table, rows.OPEN, max(first, after or ""), last, size):
            yield [(str(row["RowKey"]), rows.value_of(FinishedReview, row)) for row in page]
