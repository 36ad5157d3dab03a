"""The events that Event Grid has not accepted yet: the partition `outbox`."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.rows import OutboxEvent
from adapters.ledger.table_rows import delete_row, list_keys


class Outbox:
    """The events in the outbox, one row for each."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, event: OutboxEvent) -> None:
        """Keep an event until Event Grid has accepted it."""
        await self._table.upsert_entity(rows.outbox_row(event), UpdateMode.REPLACE)

    async def delete(self, event_id: str) -> None:
        """Delete an event that Event Grid has accepted."""
        await delete_row(self._table, rows.OUTBOX, event_id)

    async def ids(self) -> list[str]:
        """List the ids of all events in the outbox."""
        return [row["RowKey"] for row in await list_keys(self._table, rows.OUTBOX)]

    async def event(self, event_id: str) -> OutboxEvent | None:
        """Read an event of the outbox; None if it was deleted."""
        try:
            return rows.event_of(await self._table.get_entity(rows.OUTBOX, event_id))
        except ResourceNotFoundError:
            return None
