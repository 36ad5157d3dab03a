"""The blob versions that each subscriber has handled, so that an unchanged blob never fires twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from devhost.database import open_database

_SCHEMA = """
CREATE TABLE receipts (
    id INTEGER PRIMARY KEY, subscriber TEXT, container TEXT, blob TEXT, etag TEXT,
    failures INTEGER NOT NULL, done INTEGER NOT NULL, UNIQUE (subscriber, container, blob, etag)
)
"""


class BlobReceipts:
    """The receipts: per subscriber and blob version how often it failed, and whether it is done."""

    def __init__(self, file: Path) -> None:
        self._database = open_database(file, {1: _SCHEMA})

    def close(self) -> None:
        self._database.close()

    def is_done(self, subscriber: str, container: str, blob: str, etag: str) -> bool:
        return bool(self._counts(subscriber, container, blob, etag)[1])

    def failures(self, subscriber: str, container: str, blob: str, etag: str) -> int:
        return self._counts(subscriber, container, blob, etag)[0]

    def record(self, subscriber: str, container: str, blob: str, etag: str, *, failures: int = 0, done: bool) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO receipts (subscriber, container, blob, etag, failures, done)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (subscriber, container, blob, etag, failures, done),
        )

    def newest(self) -> int:
        """Return a mark between the receipts so far and later ones."""
        return self._database.execute("SELECT coalesce(max(id), 0) FROM receipts").fetchone()[0]

    def forget_stale(self, container: str, current: Mapping[str, str], up_to: int) -> None:
        """Drop the receipts, up to the mark, of versions that are gone; `current` has the ETags of all blobs."""
        rows = self._database.execute(
            "SELECT id, blob, etag FROM receipts WHERE container = ? AND id <= ?", (container, up_to)
        )
        stale = [(number,) for number, blob, etag in rows.fetchall() if current.get(blob) != etag]
        self._database.executemany("DELETE FROM receipts WHERE id = ?", stale)

    def _counts(self, *version: str) -> tuple[int, int]:
        row = self._database.execute(
            "SELECT failures, done FROM receipts WHERE subscriber = ? AND container = ? AND blob = ? AND etag = ?",
            version,
        ).fetchone()
        return row or (0, 0)
