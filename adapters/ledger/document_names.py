"""The reviews of each document name: a partition for each name."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from azure.data.tables import TableEntity, TableTransactionError
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.table_rows import insert_row, list_keys
from compliance.review import Head


class DocumentNames:
    """A list of reviews for each document name."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, head: Head) -> bool:
        """List a review under its document's name. If it is repeated, the review keeps its place.

        Returns True if no review was listed under the name before. If two reviews of one name are opened at once, only
        one of them is the first, and the other may not find it yet. That does no harm: the one listed later is
        inspected later, and its inspection detects whether its bytes are still current.
        """
        partition = rows.document_partition(head.document.container, head.document.name)
        taken = {"PartitionKey": partition, "RowKey": rows.NAME_TAKEN}
        listed = {"PartitionKey": partition, "RowKey": head.review_id}
        try:
            await self._table.submit_transaction([("create", taken), ("create", listed)])
        except TableTransactionError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            await insert_row(self._table, listed)
            return False
        return True

    async def reviews_of(self, container: str, name: str) -> list[str]:
        """List the ids of all reviews of one document name, in the order in which they were first listed."""
        listed = await list_keys(self._table, rows.document_partition(container, name))
        return [row["RowKey"] for row in sorted(listed, key=_written_at) if row["RowKey"] != rows.NAME_TAKEN]


def _written_at(row: TableEntity) -> datetime:
    return datetime.fromisoformat(str(row.metadata["timestamp"]))
