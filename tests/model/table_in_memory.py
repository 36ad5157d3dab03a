"""A table in memory, with as much of Azure's as the ledger and its lists use, that can kill the app at any write."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError

from adapters.ledger.table_reads import query_string

_OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {"eq": eq, "ge": ge, "gt": gt, "le": le, "lt": lt}
_COMPARISON: Final = re.compile(r"(\w+) (eq|ge|gt|le|lt) (?:@(\w+)|'([^']*)')")
_BEGINS: Final = datetime(2026, 3, 1, tzinfo=UTC)
_STATUS: Final = {ResourceExistsError: 409, ResourceModifiedError: 412, ResourceNotFoundError: 404}

Key = tuple[str, str]


class KilledError(BaseException):
    """The process was killed, which no `except Exception` can catch."""


class TableInMemory:
    """Rows by their keys. After `kill_after` more requests that write the app is killed."""

    def __init__(self) -> None:
        self.rows: dict[Key, TableEntity] = {}
        self.kill_after: int | None = None
        self.reads = 0
        self._writes = count(1)

    async def create_entity(self, row: Mapping[str, Any]) -> None:
        self._write([("create", row)])

    async def upsert_entity(self, row: Mapping[str, Any], *_: object) -> None:
        self._write([("upsert", row)])

    async def delete_entity(self, row: Any, key: str = "", *, etag: str | None = None, **_: object) -> None:
        keys = row if key == "" else {"PartitionKey": row, "RowKey": key}
        if etag or _key(keys) in self.rows:
            self._write([("delete", keys, {"etag": etag})])

    async def get_entity(self, partition: str, key: str, **_: object) -> TableEntity:
        self.reads += 1
        if (partition, key) not in self.rows:
            raise ResourceNotFoundError
        return self.rows[partition, key]

    async def submit_transaction(self, operations: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
        before = dict(self.rows)
        try:
            return self._write(operations)
        except (ResourceExistsError, ResourceModifiedError, ResourceNotFoundError) as refused:
            self.rows = before
            error = TableTransactionError(message="refused")
            error.status_code = _STATUS[type(refused)]
            raise error from refused

    def query_entities(
        self, query: str, parameters: Mapping[str, str] | None = None, results_per_page: int = 1000, **_: object
    ) -> _Answer:
        self.reads += 1
        holds = _condition(query, parameters or {})
        found = [self.rows[key] for key in sorted(key for key, row in self.rows.items() if holds(row))]
        return _Answer(found, results_per_page)

    def _write(self, operations: Sequence[tuple[Any, ...]]) -> list[dict[str, str]]:
        results = [self._apply(*operation) for operation in operations]
        if self.kill_after is not None:
            self.kill_after -= 1
            if self.kill_after <= 0:
                self.kill_after = None
                raise KilledError
        return results

    def _apply(self, kind: str, row: Mapping[str, Any], condition: Mapping[str, Any] | None = None) -> dict[str, str]:
        key, etag = _key(row), (condition or {}).get("etag")
        stored = self.rows.get(key)
        if kind == "create" and stored is not None:
            raise ResourceExistsError
        if kind in ("update", "delete") and stored is None:
            raise ResourceNotFoundError
        if etag and stored is not None and stored.metadata["etag"] != etag:
            raise ResourceModifiedError
        if kind == "delete":
            del self.rows[key]
            return {}
        number = next(self._writes)
        entity = TableEntity(row)
        at = _BEGINS + timedelta(milliseconds=number)
        entity._metadata = {"etag": f"e{number}", "timestamp": at}
        self.rows[key] = entity
        return {"etag": f"e{number}"}


class _Answer:
    """The rows that a query has found, one by one or in pages."""

    def __init__(self, rows: list[TableEntity], size: int) -> None:
        self._pages = [rows[first : first + size] for first in range(0, len(rows), size)]

    async def __aiter__(self) -> AsyncIterator[TableEntity]:
        for page in self._pages:
            for row in page:
                yield row

    async def by_page(self) -> AsyncIterator[AsyncIterator[TableEntity]]:
        for page in self._pages:
            yield _Answer(page, len(page)).__aiter__()


def _key(row: Mapping[str, Any]) -> Key:
    return row["PartitionKey"], row["RowKey"]


def _condition(query: str, parameters: Mapping[str, str]) -> Callable[[Mapping[str, Any]], bool]:
    """Return a condition that is made of comparisons, `and`, and `or` within brackets."""
    query_string(query, parameters, {})  # which refuses what is no parameter
    parts = [
        [_comparison(each, parameters) for each in part.strip("() ").split(" or ")] for part in query.split(" and ")
    ]
    return lambda row: all(any(holds(row) for holds in part) for part in parts)


def _comparison(text: str, parameters: Mapping[str, str]) -> Callable[[Mapping[str, Any]], bool]:
    found = _COMPARISON.fullmatch(text)
    assert found, text
    name, operator, parameter, literal = found.groups()
    compare, value = _OPERATORS[operator], parameters[parameter] if parameter else literal
    return lambda row: name in row and compare(str(row[name]), value)
