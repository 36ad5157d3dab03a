"""Export the whole ledger, a partition in memory at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from adapters.ledger.lists.list_rows import only_lists
from adapters.ledger.rows import HEAD
from adapters.ledger_copy.lines import Lines

_MOST_READS: Final = 10


async def export_ledger(table: TableClient, lines: Lines) -> AsyncIterator[bytes]:
    """Yield the lines of the file, ended by `lines.last()`. The app may go on writing meanwhile.

    Rows that only list reviews are left out.

    Each review is exported as it was at one moment; what is about several reviews may be older or newer than they.
    """
    yield lines.first()
    async for partition in _partitions(table):
        for row in partition:
            yield lines.row(row)
    yield lines.last()


async def _partitions(table: TableClient) -> AsyncIterator[list[TableEntity]]:
    rows: list[TableEntity] = []
    async for row in table.list_entities():
        if only_lists(row):
            continue
        if rows and row["PartitionKey"] != rows[0]["PartitionKey"]:
            yield await _at_one_moment(table, rows)
            rows = []
        rows.append(row)
    if rows:
        yield await _at_one_moment(table, rows)


async def _at_one_moment(table: TableClient, rows: list[TableEntity]) -> list[TableEntity]:
    """Read a review again if it was written to between two pages of its rows."""
    for _ in range(_MOST_READS):
        if _is_whole(rows):
            break
        key = {"key": str(rows[0]["PartitionKey"])}
        rows = [row async for row in table.query_entities("PartitionKey eq @key", parameters=key)]
    return rows


def _is_whole(rows: list[TableEntity]) -> bool:
    head = next((row for row in rows if row["RowKey"] == HEAD), None)
    if head is None:
        return True
    records = sum(1 for row in rows if str(row["RowKey"]).startswith("audit-"))
    decisions = sum(1 for row in rows if str(row["RowKey"]).startswith("decision-"))
    return (head.get("lastAudit"), head.get("lastSeq")) == (records, decisions)
