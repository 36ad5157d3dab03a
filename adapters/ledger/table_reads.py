"""The request for rows of a table, and the rows in its answer.

https://learn.microsoft.com/rest/api/storageservices/query-entities
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from azure.core.rest import AsyncHttpResponse
from azure.data.tables import EdmType, EntityProperty, TableEntity

ACCEPTED: Final = "application/json;odata=minimalmetadata"
_TYPE: Final = "@odata.type"
_NEXT: Final = "x-ms-continuation-next"
Token = Mapping[str, str]  # continues a query, in the form of the SDK's own tokens


class StoredRow(TableEntity):
    """A row, with the ETag and the time that storage has given it."""

    def __init__(self, columns: Mapping[str, Any], etag: str | None, timestamp: datetime | None) -> None:
        super().__init__(columns)
        self._about = {"etag": etag, "timestamp": timestamp}

    @property
    def metadata(self) -> Any:
        """The ETag and the time."""
        return self._about


def row_path(partition: str, row: str) -> str:
    """Return the path of a row after its table's."""
    return f"(PartitionKey='{_key(partition)}',RowKey='{_key(row)}')"


def query_string(
    condition: str | None, parameters: Mapping[str, str], options: Mapping[str, object], token: Token | None = None
) -> str:
    """Return a query's part of the address; each word `@name` of the condition is replaced by that parameter's text."""
    words = (condition or "").split(" ")
    texts = [_quoted(parameters[word[1:]]) if word.startswith("@") else word for word in words]
    given = {"$filter": " ".join(texts), **options, **{f"Next{name}": value for name, value in (token or {}).items()}}
    return urlencode({name: value for name, value in given.items() if value}, quote_via=quote)


def rows_in(body: bytes) -> list[StoredRow]:
    """Return the rows in the answer to a query."""
    return [row_in(columns) for columns in json.loads(body)["value"]]


def row_in(columns: dict[str, Any]) -> StoredRow:
    """Return a row of these columns, with values as the SDK returns them."""
    types = {name.removesuffix(_TYPE): kind for name, kind in columns.items() if name.endswith(_TYPE)}
    etag, at = columns.get("odata.etag"), columns.get("Timestamp")
    values = {
        name: _value(value, types[name]) if name in types else value
        for name, value in columns.items()
        if name != "Timestamp" and "odata." not in name
    }
    if etag is None and at:
        etag = f"W/\"datetime'{quote(at)}'\""
    return StoredRow(values, etag, datetime.fromisoformat(at) if at else None)


def token_in(response: AsyncHttpResponse) -> Token | None:
    """Return what continues a query; None if this was its last page."""
    found = {name: response.headers.get(_NEXT + name.lower()) for name in ("PartitionKey", "RowKey")}
    return {name: value for name, value in found.items() if value} or None


def _value(value: Any, kind: str) -> Any:
    if kind == EdmType.DOUBLE:
        return float(value)
    return EntityProperty(int(value), EdmType.INT64) if kind == EdmType.INT64 else EntityProperty(value, EdmType(kind))


def _key(key: str) -> str:
    return quote(key.replace("'", "''"), safe="")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
