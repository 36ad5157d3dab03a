"""Operations on single rows of the ledger's table."""

from __future__ import annotations

from collections.abc import AsyncIterator

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from adapters.ledger.rows import Row


async def insert_row(table: TableClient, row: Row) -> bool:
    """Insert a row. Returns False, and changes nothing, if there is a row with its keys."""
    try:
        await table.create_entity(row)
    except ResourceExistsError:
        return False
    return True


async def has_row(table: TableClient, row: Row) -> bool:
    """Return whether there is a row with the keys of this one."""
    try:
        await table.get_entity(row["PartitionKey"], row["RowKey"], select=["RowKey"])
    except ResourceNotFoundError:
        return False
    return True


async def list_keys(table: TableClient, partition: str) -> list[TableEntity]:
    """Read the keys and times of a partition's rows, and nothing else, so that a damaged row does no harm."""
    query, key = "PartitionKey eq @key", {"key": partition}
    return [row async for row in table.query_entities(query, select=["RowKey", "Timestamp"], parameters=key)]


async def rows_of_reviews(table: TableClient, rows: str, start: str, end: str) -> AsyncIterator[TableEntity]:
    """Yield the rows, of those that the condition `rows` names, about reviews with ids from `start` up to `end`.

    After the last id it goes on with the first one; all are meant if both are the same.
    """
    if start < end:
        about = "reviewId ge @start and reviewId lt @end"
    else:
        # With spaces, because a parameter is a word of its own.
        about = "( reviewId ge @start or reviewId lt @end )" if start > end else "reviewId ge ''"
    query = f"{rows} and {about}" if rows else about
    async for row in table.query_entities(query, parameters={"start": start, "end": end}):
        yield row


async def delete_row(table: TableClient, partition: str, row: str) -> None:
    """Delete a row, if it is there. May be repeated: the SDK reports success for a missing row."""
    await table.delete_entity(partition, row)


async def read_pages(
    table: TableClient, partition: str, after: str, before: str, size: int
) -> AsyncIterator[list[TableEntity]]:
    """Yield the rows between two keys of a partition, in pages of at most `size`, 1,000 at most: one request each."""
    query = "PartitionKey eq @partition and RowKey gt @after and RowKey lt @before"
    parameters = {"partition": partition, "after": after, "before": before}
    async for page in table.query_entities(query, parameters=parameters, results_per_page=size).by_page():
        yield [row async for row in page]
