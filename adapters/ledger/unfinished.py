"""The unfinished reviews: the partition `open`, the only one that the sweep, `list` and `doctor` scan."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.table_rows import delete_row, insert_row, list_keys
from compliance.review import Head


class ReviewNotFoundError(LookupError):
    """The review has no head in the ledger. Its opener writes one, or else the sweep."""

    def __init__(self, review_id: str) -> None:
        super().__init__(f"review {review_id} has no head in the ledger")


class Unfinished:
    """A row for each review, from before its head is written until its completion event is acknowledged."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, head: Head) -> bool:
        """List a review as unfinished, with all that is needed to open it. Returns False if it was listed before."""
        return await insert_row(self._table, rows.open_row(head))

    async def delete(self, review_id: str) -> None:
        """Take a review off the list once its completion event is acknowledged."""
        await delete_row(self._table, rows.OPEN, review_id)

    async def has(self, review_id: str) -> bool:
        """Return whether a review is listed."""
        try:
            await self._table.get_entity(rows.OPEN, review_id, select=["RowKey"])
        except ResourceNotFoundError:
            return False
        return True

    async def ids(self) -> list[str]:
        """List the ids of all unfinished reviews."""
        return [row["RowKey"] for row in await list_keys(self._table, rows.OPEN)]

    async def as_opened(self, review_id: str) -> Head:
        """Read an unfinished review as it was opened; its head may be later. Raises ReviewNotFoundError."""
        try:
            return rows.head_of(await self._table.get_entity(rows.OPEN, review_id))
        except ResourceNotFoundError as error:
            raise ReviewNotFoundError(review_id) from error
