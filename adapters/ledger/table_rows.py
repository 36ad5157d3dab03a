"""What the partitions of the ledger's table have in common."""

from __future__ import annotations

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from adapters.ledger.rows import Row


async def created(table: TableClient, row: Row) -> bool:
    """Write a row; False where there is one with its keys already, which is left as it is."""
    try:
        await table.create_entity(row)
    except ResourceExistsError:
        return False
    return True


async def bare_rows(table: TableClient, partition: str) -> list[TableEntity]:
    """Keys and times of a partition's rows. Nothing else is read, so no row can be unreadable here."""
    query, key = "PartitionKey eq @key", {"key": partition}
    return [row async for row in table.query_entities(query, select=["RowKey", "Timestamp"], parameters=key)]


async def deleted(table: TableClient, partition: str, row: str) -> None:
    """Take a row away. The SDK answers a missing one with success, so this may be repeated."""
    await table.delete_entity(partition, row)
