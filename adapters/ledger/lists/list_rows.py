"""Which rows of the ledger's table only list reviews: they follow from the others and can be made again."""

from __future__ import annotations

from typing import Any, Final

from azure.data.tables import TableEntity

from adapters.ledger.rows import OPEN
from adapters.ledger.unfinished import AFTER_IDS

_PARTITIONS: Final = ("days", "sweep", "todo")
_PREFIXES: Final = ("submitted-", "decided-")


def only_lists(row: TableEntity | dict[str, Any]) -> bool:
    """Return whether a row is one that `compliance ledger reindex` or a sweep makes."""
    partition, key = str(row["PartitionKey"]), str(row["RowKey"])
    if partition == OPEN:
        return key >= AFTER_IDS
    return partition in _PARTITIONS or partition.startswith(_PREFIXES)
