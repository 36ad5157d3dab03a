"""The reviews that are not finished: the partition `open`, which is all that sweep, list and doctor read."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.table_rows import bare_rows, created, deleted
from compliance.review import Head


class ReviewNotFoundError(LookupError):
    """The review has no head in the ledger; opening it, by the sweep too, writes one."""

    def __init__(self, review_id: str) -> None:
        super().__init__(f"review {review_id} has no head in the ledger")


class Unfinished:
    """One row for each review, from before its head is written until its completion event is acknowledged."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, head: Head) -> bool:
        """Mark a review as unfinished, with all that opening it needs; False where it is marked already."""
        return await created(self._table, rows.open_row(head))

    async def delete(self, review_id: str) -> None:
        """The review is finished and its completion event acknowledged."""
        await deleted(self._table, rows.OPEN, review_id)

    async def ids(self) -> list[str]:
        """The id of every unfinished review."""
        return [row["RowKey"] for row in await bare_rows(self._table, rows.OPEN)]

    async def as_opened(self, review_id: str) -> Head:
        """An unfinished review as it was opened; its head may have moved on. Raises ReviewNotFoundError."""
        try:
            return rows.head_of(await self._table.get_entity(rows.OPEN, review_id))
        except ResourceNotFoundError as error:
            raise ReviewNotFoundError(review_id) from error
