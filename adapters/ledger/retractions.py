"""The retractions that are not finished: a partition that the sweep reads."""

from __future__ import annotations

from typing import Final

from azure.data.tables.aio import TableClient

from adapters.ledger.table_rows import delete_row, insert_row, list_keys

_PARTITION: Final = "retractions"


class Retractions:
    """A row for each review, from before its retraction is recorded until its event is in the outbox."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, review_id: str) -> None:
        """List a review whose document is about to be taken back. May be repeated."""
        await insert_row(self._table, {"PartitionKey": _PARTITION, "RowKey": review_id})

    async def delete(self, review_id: str) -> None:
        """Take a review off the list. May be repeated."""
        await delete_row(self._table, _PARTITION, review_id)

    async def ids(self) -> list[str]:
        """List the ids of all these reviews."""
        return [row["RowKey"] for row in await list_keys(self._table, _PARTITION)]
