"""Events that Event Grid has not accepted yet: the partition `outbox`."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger import rows
from adapters.ledger.rows import OutboxEvent
from adapters.ledger.table_rows import bare_rows, deleted


class Outbox:
    """One row for each event."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, event: OutboxEvent) -> None:
        """Keep an event until Event Grid has accepted it."""
        await self._table.upsert_entity(rows.outbox_row(event), UpdateMode.REPLACE)

    async def delete(self, event_id: str) -> None:
        """Event Grid has accepted the event."""
        await deleted(self._table, rows.OUTBOX, event_id)

    async def ids(self) -> list[str]:
        """The id of every event that still waits for its acknowledgement."""
        return [row["RowKey"] for row in await bare_rows(self._table, rows.OUTBOX)]

    async def event(self, event_id: str) -> OutboxEvent | None:
        """An event of the outbox; None once it is taken out."""
        try:
            return rows.event_of(await self._table.get_entity(rows.OUTBOX, event_id))
        except ResourceNotFoundError:
            return None
