"""The reviews of the same bytes, under whatever name: a partition for each SHA-256."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final

from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.table_rows import insert_row

_MOST_LISTED: Final = 1000  # what one request returns


class DocumentHashes:
    """A list of reviews for each SHA-256, for people to know: no rule depends on it."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, sha256: str, review_id: str) -> bool:
        """List a review. Returns True if no review was listed for these bytes before. May be repeated."""
        partition = _partition(sha256)
        taken = {"PartitionKey": partition, "RowKey": rows.NAME_TAKEN}
        listed = {"PartitionKey": partition, "RowKey": review_id}
        try:
            await self._table.submit_transaction([("create", taken), ("create", listed)])
        except TableTransactionError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            await insert_row(self._table, listed)
            return False
        return True

    async def reviews_of(self, sha256: str) -> list[str]:
        """List reviews of these bytes, the last one first; of more than 1,000, any 1,000."""
        found = self._table.query_entities(
            "PartitionKey eq @key",
            parameters={"key": _partition(sha256)},
            select=["RowKey", "Timestamp"],
            results_per_page=_MOST_LISTED,
        )
        async for page in found.by_page():
            listed = [row async for row in page if row["RowKey"] != rows.NAME_TAKEN]
            listed.sort(key=lambda row: datetime.fromisoformat(str(row.metadata["timestamp"])), reverse=True)
            return [row["RowKey"] for row in listed]
        return []


def _partition(sha256: str) -> str:
    return f"sha256-{sha256}"
