"""The steps on quarantined messages that are in no review's history: the partition `quarantine`.

They are about no known review, or about one whose history has enough notes. Nothing conflicts here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from azure.data.tables.aio import TableClient

from adapters.ledger.table_rows import has_row, insert_row
from contracts.digest import hashed_id

_PARTITION: Final = "quarantine"


@dataclass(frozen=True, slots=True)
class QuarantineStep:
    """A step on a message."""

    at: datetime
    event: str
    who: str
    detail: str
    queue: str


class QuarantineLog:
    """The log of steps, with a row for each."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put(self, step_id: str, step: QuarantineStep) -> None:
        """Write a step, once, however often it is reported."""
        columns = {"event": step.event, "who": step.who, "detail": step.detail, "queue": step.queue}
        await insert_row(self._table, _keys(step_id) | {"at": step.at.isoformat(), **columns})

    async def holds(self, step_id: str) -> bool:
        """Return whether a step was written."""
        return await has_row(self._table, _keys(step_id))

    async def steps(self) -> list[QuarantineStep]:
        """Return the steps, oldest first."""
        query = "PartitionKey eq @partition"
        rows = self._table.query_entities(query, parameters={"partition": _PARTITION})
        return sorted([_step(row) async for row in rows], key=lambda step: step.at)


def _keys(step_id: str) -> dict[str, Any]:
    return {"PartitionKey": _PARTITION, "RowKey": hashed_id(step_id)}


def _step(row: dict[str, Any]) -> QuarantineStep:
    return QuarantineStep(datetime.fromisoformat(row["at"]), row["event"], row["who"], row["detail"], row["queue"])
