"""Which reviews there are of one document name: a partition for each name."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from azure.data.tables import TableEntity, TableTransactionError
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.table_rows import bare_rows, created
from compliance.review import Head


class DocumentNames:
    """Lists reviews under their documents' names."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, head: Head) -> bool:
        """List the review under its document's name, in the place that it was given the first time.

        True where nothing has been listed there before. Of two openers at once one is the first, and the other may not
        find it yet; what is listed later is inspected later, and inspection finds out what holds.
        """
        partition = rows.document_partition(head.document.container, head.document.name)
        taken = {"PartitionKey": partition, "RowKey": rows.NAME_TAKEN}
        listed = {"PartitionKey": partition, "RowKey": head.review_id}
        try:
            await self._table.submit_transaction([("create", taken), ("create", listed)])
        except TableTransactionError as error:
            if error.status_code != HTTPStatus.CONFLICT:
                raise
            await created(self._table, listed)
            return False
        return True

    async def reviews_of(self, container: str, name: str) -> list[str]:
        """The ids of all reviews of one document name, in the order in which they were first listed."""
        listed = await bare_rows(self._table, rows.document_partition(container, name))
        return [row["RowKey"] for row in sorted(listed, key=_written) if row["RowKey"] != rows.NAME_TAKEN]


def _written(row: TableEntity) -> datetime:
    return datetime.fromisoformat(str(row.metadata["timestamp"]))
