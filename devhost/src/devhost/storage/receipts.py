"""Which version of which blob each subscriber has dealt with, so that an unchanged blob never fires twice."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from devhost.database import open_database

_SCHEMA = """
CREATE TABLE receipts (
    subscriber TEXT, container TEXT, blob TEXT, etag TEXT, failures INTEGER NOT NULL, done INTEGER NOT NULL,
    PRIMARY KEY (subscriber, container, blob)
) WITHOUT ROWID
"""


class BlobReceipts:
    """One row per subscriber and blob: its last version seen, how often it failed, whether that is over."""

    def __init__(self, file: Path) -> None:
        self._database = open_database(file, _SCHEMA, version=1)

    def close(self) -> None:
        self._database.close()

    def is_done(self, subscriber: str, container: str, blob: str, etag: str) -> bool:
        row = self._row(subscriber, container, blob)
        return row is not None and row[0] == etag and bool(row[2])

    def failures(self, subscriber: str, container: str, blob: str, etag: str) -> int:
        row = self._row(subscriber, container, blob)
        return row[1] if row is not None and row[0] == etag else 0

    def record(self, subscriber: str, container: str, blob: str, etag: str, *, failures: int = 0, done: bool) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?, ?)",
            (subscriber, container, blob, etag, failures, done),
        )

    def forget_all_but(self, container: str, blobs: Collection[str]) -> None:
        """Drop the receipts of blobs that are gone: a new blob of the same name has a new ETag anyway."""
        rows = self._database.execute("SELECT DISTINCT blob FROM receipts WHERE container = ?", (container,))
        gone = [(container, blob) for (blob,) in rows.fetchall() if blob not in blobs]
        self._database.executemany("DELETE FROM receipts WHERE container = ? AND blob = ?", gone)

    def _row(self, subscriber: str, container: str, blob: str) -> tuple[str, int, int] | None:
        return self._database.execute(
            "SELECT etag, failures, done FROM receipts WHERE subscriber = ? AND container = ? AND blob = ?",
            (subscriber, container, blob),
        ).fetchone()
