"""The broker's database: one SQLite file, written by group commits.

Write-ahead log with `synchronous=NORMAL`: what was committed survives the death of the process at any moment, but the
last commits may be lost if the machine loses power. That is right for development, and 15 times faster than FULL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from devhost.database import bring_up_to_date
from devhost.errors import StartError
from devhost.service_bus.queues.journal import (
    DeleteMessage,
    DeleteSessionState,
    ForgetIds,
    PutMessage,
    PutSessionState,
    RememberId,
    UpdateMessage,
    UseNumber,
    Write,
)
from devhost.service_bus.queues.message import Message, MessageState
from devhost.service_bus.queues.message_content import parse
from devhost.service_bus.queues.session_states import SessionState

# A message's row id is entity << 40 | sequence: one B-tree, ordered by queue and by age.
_SCHEMA = """
CREATE TABLE entity (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, last_sequence INTEGER NOT NULL DEFAULT 0);
CREATE TABLE message (
    id INTEGER PRIMARY KEY, state INTEGER NOT NULL, enqueued_at REAL NOT NULL, expires_at REAL, due REAL,
    delivery_count INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE TABLE remembered_id (
    entity INTEGER NOT NULL, message_id TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (entity, message_id)
) WITHOUT ROWID;
CREATE TABLE session_state (
    entity INTEGER NOT NULL, session_id TEXT NOT NULL, content BLOB NOT NULL, updated_at REAL NOT NULL,
    PRIMARY KEY (entity, session_id)
) WITHOUT ROWID;
"""
_SCRIPTS = {2: _SCHEMA}
_STATEMENTS: dict[type[Write], str] = {
    PutMessage: "INSERT OR REPLACE INTO message VALUES ((?1 << 40) | ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    UpdateMessage: (
        "UPDATE message SET state = ?3, enqueued_at = ?4, expires_at = ?5, due = ?6, delivery_count = ?7"
        " WHERE id = (?1 << 40) | ?2"
    ),
    DeleteMessage: "DELETE FROM message WHERE id = (?1 << 40) | ?2",
    UseNumber: "UPDATE entity SET last_sequence = max(last_sequence, ?2) WHERE id = ?1",
    RememberId: "INSERT OR REPLACE INTO remembered_id VALUES (?1, ?2, ?3)",
    ForgetIds: "DELETE FROM remembered_id WHERE entity = ?1 AND until <= ?2",
    PutSessionState: "INSERT OR REPLACE INTO session_state VALUES (?1, ?2, ?3, ?4)",
    DeleteSessionState: "DELETE FROM session_state WHERE entity = ?1 AND session_id = ?2",
}


class StoreError(StartError):
    """The database cannot be used. The message names the file and what to do."""


class Store:
    def __init__(self, path: Path) -> None:
        """Open or create the database. Raises StoreError, FileVersionError."""
        self._path = path
        try:
            self._database = sqlite3.connect(path, isolation_level=None)
            bring_up_to_date(self._database, path, _SCRIPTS)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            raise StoreError(f"{path}: cannot be used as the broker's database: {error}") from error

    def close(self) -> None:
        self._database.close()

    def entity(self, path: str) -> tuple[int, int]:
        """Return the id of an entity, a new one if it is unknown, and its last sequence number."""
        self._database.execute("INSERT OR IGNORE INTO entity (path) VALUES (?)", (path.casefold(),))
        row = self._database.execute("SELECT id, last_sequence FROM entity WHERE path = ?", (path.casefold(),))
        return row.fetchone()

    def messages(self, entity: int) -> Iterator[Message]:
        """Yield the messages of an entity in the order of their sequence numbers."""
        first, last = entity << 40, (entity + 1) << 40
        rows = self._database.execute("SELECT * FROM message WHERE id >= ? AND id < ? ORDER BY id", (first, last))
        for row, state, enqueued_at, expires_at, due, delivery_count, content in rows:
            yield Message(
                row - first,
                parse(content),
                enqueued_at,
                state=MessageState(state),
                expires_at=expires_at,
                due=due,
                delivery_count=delivery_count,
            )

    def remembered_ids(self, entity: int) -> dict[str, float]:
        """Return the message ids for duplicate detection with the time until which they count, soonest first."""
        rows = self._database.execute(
            "SELECT message_id, until FROM remembered_id WHERE entity = ? ORDER BY until", (entity,)
        )
        return dict(rows)

    def session_states(self, entity: int) -> dict[str, SessionState]:
        """Return the session states by session id, the oldest first."""
        rows = self._database.execute(
            "SELECT session_id, content, updated_at FROM session_state WHERE entity = ? ORDER BY updated_at", (entity,)
        )
        return {session_id: SessionState(content, updated_at) for session_id, content, updated_at in rows}

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply all writes in order, or nothing. Raises StoreError."""
        last_sequences = {write.entity: write.sequence for write in writes if type(write) is PutMessage}
        try:
            self._database.execute("BEGIN")
            for kind, group in groupby(writes, type):
                self._database.executemany(_STATEMENTS[kind], group)
            self._database.executemany(
                "UPDATE entity SET last_sequence = max(last_sequence, ?) WHERE id = ?",
                [(sequence, entity) for entity, sequence in last_sequences.items()],
            )
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot be written: {error}; free space or check permissions") from error
