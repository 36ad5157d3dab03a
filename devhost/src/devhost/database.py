"""Opening the host's small SQLite files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from devhost.errors import StartError


def open_database(file: Path, schema: str, version: int) -> sqlite3.Connection:
    """Open `file`, or create it with `schema`. Each statement commits by itself and survives a killed process.

    Raises StartError if the file belongs to another version of devhost or cannot be used.
    """
    try:
        database = sqlite3.connect(file, isolation_level=None)
        database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found == 0:
            database.executescript(f"{schema}; PRAGMA user_version = {version};")
        elif found != version:
            raise StartError(f"{file} has version {found}, this devhost uses {version}: use another --state.")
    except sqlite3.Error as error:
        raise StartError(f"Cannot use {file}: {error}.") from error
    return database
