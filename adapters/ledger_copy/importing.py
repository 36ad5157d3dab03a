"""Import an exported ledger: only rows that are missing are written, and none if one there is another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from adapters.ledger.answers import is_answer
from adapters.ledger.rows import HEAD, OPEN, OUTBOX
from adapters.ledger_copy.lines import ExportedRow
from adapters.stored_evidence import FaultError, evidence_of
from evidence.checks import first_fault

# What the sweep acts on comes last, when all that it needs is there.
LAST_PARTITIONS: Final = (OPEN, OUTBOX, "retractions")
_REVIEW: Final = re.compile("[0-9a-f]{64}")
_AT_ONCE: Final = 50  # rows in a transaction, of at most 100 and 4 MiB


def unsound(partition: str, rows: Sequence[ExportedRow]) -> str | None:
    """Say what is wrong with an exported review; None if nothing is, or if the partition is not a review's."""
    if not _REVIEW.fullmatch(partition):
        return None
    try:
        evidence = evidence_of(partition, rows)
    except FaultError as error:
        return str(error.fault)
    if evidence is None:
        return "it has no head"
    fault = first_fault(evidence)
    return str(fault) if fault else None


async def missing_rows(
    table: TableClient, partition: str, rows: Sequence[ExportedRow]
) -> tuple[list[ExportedRow], str | None]:
    """Return the rows that the table lacks, and what differs in the table's partition. None if nothing differs."""
    query = table.query_entities("PartitionKey eq @key", parameters={"key": partition})
    stored = {str(row["RowKey"]): row async for row in query}
    missing = [row for row in rows if str(row["RowKey"]) not in stored]
    others = [row for row in rows if dict(stored.get(str(row["RowKey"]), row)) != dict(row) and not is_answer(row)]
    if not others and not (HEAD in stored and missing):
        return missing, None
    head = next((row for row in rows if row["RowKey"] == HEAD), None)
    return missing, _difference(partition, [str(row["RowKey"]) for row in others], head, stored.get(HEAD))


def _difference(
    partition: str, others: Sequence[str], exported: TableEntity | None, stored: TableEntity | None
) -> str | None:
    if exported is None or stored is None:
        return f"{partition}: {', '.join(others)} differ" if others else None
    there, here = int(stored.get("lastAudit") or 0), int(exported.get("lastAudit") or 0)
    if there == here:
        return f"review {partition}: it differs though both have {here} records" if others else None
    age = "newer" if there > here else "older"
    return f"review {partition}: the ledger's is {age}: it has {there} records, the file has {here}"


async def write_rows(table: TableClient, partition: str, rows: Sequence[ExportedRow]) -> None:
    """Write rows that are missing; a review's head comes last, and rows in a list keep their order of writing."""
    if not _REVIEW.fullmatch(partition):
        for row in sorted(rows, key=lambda row: row.stored_at):
            await table.create_entity(dict(row))
        return
    ordered = sorted(rows, key=lambda row: row["RowKey"] == HEAD)
    for number in range(0, len(ordered), _AT_ONCE):
        operations: list[Any] = [("create", dict(row)) for row in ordered[number : number + _AT_ONCE]]
        await table.submit_transaction(operations)
