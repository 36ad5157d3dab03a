"""The unfinished reviews: the partition `open`.

A row with a review's id holds all that is needed to open it, and says that it is not finished. Beside it are rows for
lists, in the same partition, so that one transaction changes both; their keys come after all ids.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.lists.day_sums import stale_row
from adapters.ledger.lists.finished import finished_review, finished_row
from adapters.ledger.lists.index_keys import due_key, review_in, unasked_key
from adapters.ledger.table_rows import delete_row, has_row, insert_row, read_pages, rows_of_reviews
from compliance.review import Head, RecordedDecision

AFTER_IDS: Final = "g"  # ids are hexadecimal digits
_WAIT: Final = "wait-"
_END: Final = "wait."  # after every key with that prefix
_PAGE: Final = 1000  # the most that storage returns
_REPLACE: Final = {"mode": UpdateMode.REPLACE}


class ReviewNotFoundError(LookupError):
    """The review has no head in the ledger. Its opener writes one, or else the sweep."""

    def __init__(self, review_id: str) -> None:
        super().__init__(f"review {review_id} has no head in the ledger")


@dataclass(frozen=True, slots=True)
class WaitingReview:
    """An unfinished review in the list of all of them. `key` is its `due_key`."""

    key: str
    to_anyone: bool = False  # a stage of it is open to anyone; this and the others are unknown if there is no name
    document_class: str | None = None
    name: str | None = None
    submitter: str | None = None
    requested_at: datetime | None = None

    @property
    def review_id(self) -> str:
        """The review's id."""
        return review_in(self.key)


def wait_row(head: Head) -> rows.Row:
    """Return the row of an unfinished review in the list of all of them."""
    to_anyone = any(not part.reviewers for stage in head.policy.stages for part in stage.parts)
    said = {"documentClass": head.policy.document_class, "name": head.document.name, "submitter": head.submitter}
    said["requestedAt"] = head.requested_at.isoformat() if head.requested_at else None
    row = _wait_keys(due_key(head)) | {"reviewId": head.review_id, "toAnyone": to_anyone}
    return row | {key: value for key, value in said.items() if value is not None}


def _waiting(row: TableEntity) -> WaitingReview:
    asked = row.get("requestedAt")
    return WaitingReview(
        str(row["RowKey"]).removeprefix(_WAIT),
        bool(row["toAnyone"]),
        row.get("documentClass"),
        row.get("name"),
        row.get("submitter"),
        datetime.fromisoformat(asked) if asked else None,
    )


def _rows_of_finished(head: Head, decisions: Sequence[RecordedDecision]) -> list[rows.Row]:
    finished = finished_review(head, decisions)
    return [finished_row(finished), stale_row(finished.closed_at.date())] if finished else []


def _wait_keys(key: str) -> rows.Row:
    return {"PartitionKey": rows.OPEN, "RowKey": _WAIT + key}


class Unfinished:
    """A row for each review, from before its head is written until its completion event is acknowledged."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, head: Head) -> bool:
        """List a review as unfinished, with all that is needed to open it. Returns False if it was listed before."""
        opened = rows.open_row(head)
        try:
            await self._table.submit_transaction([("create", opened), ("create", wait_row(head))])
        except TableTransactionError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            if not await insert_row(self._table, opened):
                return False
            await self._table.upsert_entity(wait_row(head), UpdateMode.REPLACE)
        return True

    async def set_due(self, head: Head) -> None:
        """List a review by its deadline, if it has one now, no longer among those whose reviewers were not asked."""
        if head.last_deadline is None:
            return
        unasked = _wait_keys(unasked_key(head.review_id))
        try:
            await self._table.submit_transaction([("delete", unasked), ("upsert", wait_row(head), _REPLACE)])
        except TableTransactionError as error:
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            if await self.has(head.review_id):
                await self._table.upsert_entity(wait_row(head), UpdateMode.REPLACE)

    async def finish(self, head: Head, decisions: Sequence[RecordedDecision]) -> None:
        """Take a review off the list once its completion event is acknowledged, and list it as finished."""
        listed = _rows_of_finished(head, decisions)
        gone = [_wait_keys(due_key(head)), {"PartitionKey": rows.OPEN, "RowKey": head.review_id}]
        operations: list[Any] = [*(("upsert", row, _REPLACE) for row in listed), *(("delete", row) for row in gone)]
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            await self.list_finished(head, decisions)
            await self.delete(head)

    async def list_finished(self, head: Head, decisions: Sequence[RecordedDecision]) -> None:
        """List a review as finished that is no longer among the unfinished. May be repeated."""
        for row in _rows_of_finished(head, decisions):
            await self._table.upsert_entity(row, UpdateMode.REPLACE)

    async def delete(self, head: Head) -> None:
        """Take a review off the list. May be repeated."""
        for key in (_WAIT + due_key(head), _WAIT + unasked_key(head.review_id), head.review_id):
            await delete_row(self._table, rows.OPEN, key)

    async def has(self, review_id: str) -> bool:
        """Return whether a review is listed."""
        return await has_row(self._table, {"PartitionKey": rows.OPEN, "RowKey": review_id})

    async def has_due(self, head: Head) -> bool:
        """Return whether a review is listed by the deadline that it has now."""
        return await has_row(self._table, wait_row(head))

    async def ids(self) -> list[str]:
        """List the ids of all unfinished reviews, in their order."""
        query = "PartitionKey eq @open and RowKey lt @after"
        parameters = {"open": rows.OPEN, "after": AFTER_IDS}
        found = self._table.query_entities(query, select=["RowKey"], parameters=parameters)
        return [row["RowKey"] async for row in found]

    async def as_opened(self, review_id: str) -> Head:
        """Read an unfinished review as it was opened; its head may be later. Raises ReviewNotFoundError."""
        try:
            return rows.head_of(await self._table.get_entity(rows.OPEN, review_id))
        except ResourceNotFoundError as error:
            raise ReviewNotFoundError(review_id) from error

    async def list_again(self, head: Head) -> None:
        """List a review by the deadline that it has now, whatever else it is listed by. May be repeated."""
        await self._table.upsert_entity(wait_row(head), UpdateMode.REPLACE)

    async def unlist(self, key: str) -> None:
        """Take a review off the list of all, where it has this `due_key`. May be repeated."""
        await delete_row(self._table, rows.OPEN, _WAIT + key)

    async def rows_of_reviews(self, start: str, end: str) -> AsyncIterator[WaitingReview]:
        """Yield the reviews in the list of all with ids from `start` up to `end`, as a slice has them."""
        condition = f"PartitionKey eq '{rows.OPEN}' and RowKey gt '{_WAIT}' and RowKey lt '{_END}'"
        async for row in rows_of_reviews(self._table, condition, start, end):
            yield WaitingReview(str(row["RowKey"]).removeprefix(_WAIT))

    async def pages(self, size: int, after: str | None = None) -> AsyncIterator[list[WaitingReview]]:
        """Yield pages of the unfinished reviews, the soonest due first, those whose reviewers were not asked last.

        They go on after the key `after`, which is one of `due_key`.
        """
        async for page in read_pages(self._table, rows.OPEN, _WAIT + (after or ""), _END, size):
            yield [_waiting(row) for row in page]
