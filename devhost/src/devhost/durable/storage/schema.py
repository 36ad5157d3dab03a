"""The hub's file: its tables, its version, and opening it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from devhost.database import FileVersionError, bring_up_to_date

_SCRIPTS = {
    3: """
CREATE TABLE instances (
    instance_id TEXT PRIMARY KEY, execution_id TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
    input TEXT, output TEXT, custom_status TEXT, created TEXT NOT NULL, updated TEXT NOT NULL,
    parent TEXT, begins_generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX instances_to_begin ON instances (instance_id) WHERE begins_generation;
CREATE TABLE history (
    instance_id TEXT NOT NULL, first INTEGER NOT NULL, events TEXT NOT NULL, PRIMARY KEY (instance_id, first)
) WITHOUT ROWID;
CREATE TABLE inbox (
    message_id INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT, event TEXT NOT NULL
);
CREATE INDEX inbox_of_instance ON inbox (instance_id);
CREATE TABLE timers (
    timer_row INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL, timer_id INTEGER NOT NULL,
    due REAL NOT NULL, fire_at TEXT NOT NULL
);
CREATE INDEX timers_by_due ON timers (due);
CREATE INDEX timers_of_instance ON timers (instance_id);
CREATE TABLE activities (
    activity_row INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, execution_id TEXT NOT NULL,
    task_id INTEGER NOT NULL, name TEXT NOT NULL, input TEXT
);
CREATE TABLE stuck (instance_id TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID
""",
    4: "ALTER TABLE instances ADD COLUMN version TEXT",
}


class HubFileError(Exception):
    """The hub's file cannot be used. The message gives the file and the reason."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or create the hub's file in WAL mode, for this process alone. Raises HubFileError, FileVersionError."""
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise HubFileError(f"{path}: {error}") from error
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        bring_up_to_date(connection, path, _SCRIPTS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    except (sqlite3.Error, FileVersionError) as error:
        connection.close()
        if isinstance(error, FileVersionError):
            raise
        reason = "in use by another process" if "locked" in str(error) else str(error)
        raise HubFileError(f"{path}: {reason}") from error
    return connection
