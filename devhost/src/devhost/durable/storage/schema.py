"""The hub's file: its tables, its version, and opening it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_APPLICATION_ID = 0x64687462  # "dhtb"
_VERSION = 3
_SCHEMA = """
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
CREATE TABLE stuck (instance_id TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
"""


class HubFileError(Exception):
    """The hub's file cannot be used. The message gives the file and the reason."""


class HubVersionError(HubFileError):
    """The file was written by another version of devhost, or is no task hub at all."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or create the hub's file in WAL mode, for this process alone. Raises HubFileError."""
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise HubFileError(f"{path}: {error}") from error
    try:
        _prepare(connection, path)
    except (sqlite3.Error, HubVersionError) as error:
        connection.close()
        if isinstance(error, HubVersionError):
            raise
        reason = "in use by another process" if "locked" in str(error) else str(error)
        raise HubFileError(f"{path}: {reason}") from error
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and (application, version) != (_APPLICATION_ID, _VERSION):
        found = f"a task hub of version {version}" if application == _APPLICATION_ID else "not a devhost task hub"
        raise HubVersionError(
            f"{path} is {found}; this devhost reads version {_VERSION}. "
            "Use the devhost that wrote it, or another state folder."
        )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    if not tables:
        connection.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA application_id={_APPLICATION_ID}; PRAGMA user_version={_VERSION}; COMMIT;"
        )
