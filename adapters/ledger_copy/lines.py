"""The file of an exported ledger: JSON lines, first the format, then one line for each row, last number and digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from azure.data.tables import EdmType, EntityProperty, TableEntity

_FORMAT: Final = "document-compliance-ledger/1"
_KEYS: Final = ("PartitionKey", "RowKey")


class ExportError(Exception):
    """The file is not a whole export of a ledger; the text says why."""


class ExportedRow(TableEntity):
    """A row as it was exported, with the time at which storage had written it."""

    def __init__(self, columns: dict[str, Any], stored_at: str) -> None:
        super().__init__(columns)
        self.stored_at = stored_at

    @property
    def metadata(self) -> Any:  # the SDK's own type has an ETag, too
        """Return the time at which storage had written the row."""
        return {"timestamp": self.stored_at}


class Lines:
    """Makes the lines of an export one after the other."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.rows = 0

    def first(self) -> bytes:
        """Return the first line."""
        return self._line({"format": _FORMAT})

    def row(self, row: TableEntity) -> bytes:
        """Return the line of a row."""
        self.rows += 1
        columns = {name: _plain(value) for name, value in row.items() if name not in _KEYS}
        keys = [str(row[name]) for name in _KEYS]
        return self._line({"key": keys, "storedAt": str(row.metadata["timestamp"]), "columns": columns})

    def last(self) -> bytes:
        """Return the last line, which vouches for all before it."""
        return _encoded({"rows": self.rows, "sha256": self.digest})

    @property
    def digest(self) -> str:
        """The SHA-256 of all lines so far, without the last."""
        return self._digest.hexdigest()

    def _line(self, content: dict[str, Any]) -> bytes:
        line = _encoded(content)
        self._digest.update(line)
        return line


def _encoded(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n").encode()


def _plain(value: Any) -> Any:
    """Return a column as JSON holds it: a 64-bit integer with its type, which the SDK would lose."""
    if isinstance(value, EntityProperty):
        return {"type": EdmType(value.edm_type).value, "value": str(value.value)}
    return value


def _column(value: Any) -> Any:
    if isinstance(value, dict):
        return EntityProperty(int(value["value"]), EdmType(value["type"]))
    return value


def check_export(file: Path) -> tuple[int, str]:
    """Read a file to its end. Returns the number of its rows and its digest; raises ExportError if it is not whole."""
    digest, rows, last = hashlib.sha256(), -1, b""
    try:
        with file.open("rb") as content:
            for line in content:
                if last:
                    digest.update(last)
                    rows += 1
                elif json.loads(line) != {"format": _FORMAT}:
                    raise ExportError(f"{file} is not an export of a ledger: its first line does not say so")
                last = line
        if not last or json.loads(last) != {"rows": rows, "sha256": digest.hexdigest()}:
            raise ExportError(f"{file} is not whole: its last line does not vouch for the lines before it")
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ExportError(f"{file} is not an export of a ledger: a line of it is not JSON") from error
    return rows, digest.hexdigest()


def exported_partitions(file: Path) -> Iterator[tuple[str, list[ExportedRow]]]:
    """Yield each partition of a checked file with its rows, one partition in memory at a time."""
    with file.open("rb") as content:
        rows = (_row(json.loads(line)) for line in content if line.startswith(b'{"columns"'))
        for partition, found in groupby(rows, key=lambda row: str(row["PartitionKey"])):
            yield partition, list(found)


def _row(line: dict[str, Any]) -> ExportedRow:
    columns = {name: _column(value) for name, value in line["columns"].items()}
    return ExportedRow(dict(zip(_KEYS, line["key"], strict=True)) | columns, line["storedAt"])
