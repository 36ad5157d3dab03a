"""The keys of the front door that each process of the app has read: partition `front-door-keys` of the ledger's table.

A front door must not sign with a key before all processes have read it, and only they can report that.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from adapters.ledger.table_rows import delete_row, list_keys
from contracts.proofs.key_set import KeySet

PARTITION: Final = "front-door-keys"
REPORTED_EVERY: Final = timedelta(minutes=5)  # by a process that works; an idle one reports nothing
# A process that has reported nothing for so long has ended or is idle. Its successor reads the keys anew.
GONE_AFTER: Final = 3 * REPORTED_EVERY
_KEPT: Final = timedelta(hours=1)
_MOST_KEYS: Final = 100  # the last ones of the set: their ids fit into one column


@dataclass(frozen=True, slots=True)
class KeyReport:
    """The keys that a process has read and that are not revoked, by their ids, and when it reported them."""

    process: str
    key_ids: frozenset[str]
    reported_at: datetime  # by storage's clock


class KeyReports:
    """Reports of the keys that each process has read."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
        self._process = uuid.uuid4().hex[:12]
        self._last: tuple[str, float] | None = None  # what, and when by a clock that only goes forward

    async def report(self, keys: KeySet) -> None:
        """Report the keys that this process has read, if they have changed or the last report is some minutes old."""
        read = json.dumps([key.kid for key in keys.values() if key.terms.revoked_at is None][-_MOST_KEYS:])
        now = time.monotonic()
        if self._last and self._last[0] == read and now - self._last[1] < REPORTED_EVERY.total_seconds():
            return
        row = {"PartitionKey": PARTITION, "RowKey": self._process, "keyIds": read}
        await self._table.upsert_entity(row)
        self._last = read, now

    async def forget_gone(self) -> None:
        """Delete reports that are much older than the last one."""
        rows = await list_keys(self._table, PARTITION)
        times = {row["RowKey"]: _time_of(row) for row in rows}
        for process, at in times.items():
            if max(times.values()) - at > _KEPT:
                await delete_row(self._table, PARTITION, process)

    async def list_all(self) -> list[KeyReport]:
        """List the reports of all processes in the last hour or so."""
        rows = self._table.query_entities("PartitionKey eq @partition", parameters={"partition": PARTITION})
        return [key_report(row, _time_of(row)) async for row in rows]


def key_report(columns: Mapping[str, Any], reported_at: datetime) -> KeyReport:
    """Return what a row holds. Raises ValueError if it is not one of these."""
    return KeyReport(str(columns["RowKey"]), frozenset(json.loads(str(columns.get("keyIds")))), reported_at)


def why_not_read(key_id: str, reports: Iterable[KeyReport], now: datetime) -> str | None:
    """Say why the front door must not sign with a key: who lacks it, or holds it as revoked. None if all have it."""
    at_work = [each for each in reports if now - each.reported_at <= GONE_AFTER]
    if not at_work:
        minutes = GONE_AFTER // timedelta(minutes=1)
        return (
            f"no process of the app has reported in the last {minutes} minutes which keys of the front door it has read"
        )
    lacking = sorted(each.process for each in at_work if key_id not in each.key_ids)
    if not lacking:
        return None
    return (
        f"{len(lacking)} of {len(at_work)} processes of the app have not read the key {key_id}, or hold it as "
        f"revoked: {', '.join(lacking[:3])}"
    )


def _time_of(row: TableEntity) -> datetime:
    at = row.metadata["timestamp"]
    if at is None:
        raise ValueError("storage gives every row a time")
    return at
