"""The sums of each day: the partition `days`, a row for each day and class. The sweep adds them up.

A row `stale-<day>` in the partition `open`, written with that of a finished review, says that a day's sums are out of
date.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.lists.finished import FinishedReview
from adapters.ledger.table_rows import delete_row
from compliance.outcome import Outcome
from compliance.turnaround import DaySum, histogram
from contracts.digest import text_digest

_DAYS: Final = "days"
_STALE: Final = "stale-"
_STALE_END: Final = "stale."  # after every key with that prefix
_BY_REVIEWERS: Final = (Outcome.APPROVED, Outcome.REJECTED)


def stale_row(day: date) -> rows.Row:
    """Return the row that says that a day's sums are out of date."""
    return {"PartitionKey": rows.OPEN, "RowKey": f"{_STALE}{day.isoformat()}"}


def sums_of(day: date, finished: Iterable[FinishedReview]) -> list[DaySum]:
    """Add up the reviews that ended on one day, for each class."""
    classes: dict[str, list[FinishedReview]] = defaultdict(list)
    for review in finished:
        classes[review.document_class].append(review)
    return [_sum_of(day, name, reviews) for name, reviews in sorted(classes.items())]


def _sum_of(day: date, document_class: str, reviews: list[FinishedReview]) -> DaySum:
    times = (
        review.decided_at - review.requested_at
        for review in reviews
        if review.decided_by and review.outcome in _BY_REVIEWERS and review.decided_at and review.requested_at
    )
    outcomes = dict(Counter(review.outcome for review in reviews))
    return DaySum(day, document_class, outcomes, sum(review.overdue for review in reviews), histogram(times))


class DaySums:
    """The rows of all days."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def between(self, since: date, until: date) -> list[DaySum]:
        """Read the sums from one day to another, both included, in the order of the days."""
        query = "PartitionKey eq @days and RowKey ge @since and RowKey lt @until"
        parameters = {"days": _DAYS, "since": since.isoformat(), "until": f"{until.isoformat()}."}
        return [rows.value_of(DaySum, row) async for row in self._table.query_entities(query, parameters=parameters)]

    async def stale(self) -> list[tuple[date, str]]:
        """List the days whose sums are out of date, each with the ETag of the row that says so."""
        query = "PartitionKey eq @open and RowKey gt @first and RowKey lt @last"
        parameters = {"open": rows.OPEN, "first": _STALE, "last": _STALE_END}
        return [
            (date.fromisoformat(str(row["RowKey"]).removeprefix(_STALE)), str(row.metadata["etag"]))
            async for row in self._table.query_entities(query, parameters=parameters)
        ]

    async def replace(self, day: date, sums: Iterable[DaySum], etag: str) -> None:
        """Write the sums of a day, and note that they are up to date unless another review has ended meanwhile."""
        written = [rows.row_of(_DAYS, _key(each), each) for each in sums]
        for row in written:
            await self._table.upsert_entity(row, UpdateMode.REPLACE)
        kept = {row["RowKey"] for row in written}
        for each in await self.between(day, day):
            if (key := _key(each)) not in kept:  # of reviews that have ended otherwise since
                await delete_row(self._table, _DAYS, key)
        with suppress(ResourceModifiedError, ResourceNotFoundError):  # the next sweep adds the day up again
            await self._table.delete_entity(stale_row(day), etag=etag, match_condition=MatchConditions.IfNotModified)


def _key(each: DaySum) -> str:
    return f"{each.day.isoformat()}-{text_digest(each.document_class)[:16]}"
