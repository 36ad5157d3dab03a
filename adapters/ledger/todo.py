"""What the sweep has to do next: the reviews that somebody could not wake, start or announce, and where it goes on.

Partition `todo` has a row for each such review; row `slice` of partition `sweep` holds where the next slice begins.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.table_rows import read_pages

_PARTITION: Final = "todo"
_SLICE: Final = {"PartitionKey": "sweep", "RowKey": "slice"}


class Todo:
    """The list of reviews that the next sweep looks at first, and the place of its slice."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, review_id: str) -> None:
        """Have the next sweep look at a review. May be repeated."""
        await self._table.upsert_entity({"PartitionKey": _PARTITION, "RowKey": review_id}, UpdateMode.REPLACE)

    async def first(self, most: int) -> dict[str, str]:
        """Return the first reviews of the list, each with the ETag of its row."""
        async for page in read_pages(self._table, _PARTITION, "", "~", most):
            return {str(row["RowKey"]): str(row.metadata["etag"]) for row in page}
        return {}

    async def delete(self, review_id: str, etag: str) -> None:
        """Take a review off the list, unless it was put there again."""
        row = {"PartitionKey": _PARTITION, "RowKey": review_id}
        with suppress(ResourceModifiedError, ResourceNotFoundError):
            await self._table.delete_entity(row, etag=etag, match_condition=MatchConditions.IfNotModified)

    async def slice_start(self) -> str:
        """Return the id at which the next slice begins; empty if it is the first."""
        try:
            return str((await self._table.get_entity(_SLICE["PartitionKey"], _SLICE["RowKey"]))["start"])
        except ResourceNotFoundError:
            return ""

    async def start_slice_at(self, review_id: str) -> None:
        """Have the next slice begin at this id."""
        await self._table.upsert_entity(_SLICE | {"start": review_id}, UpdateMode.REPLACE)
