"""Opening the host's SQLite files: each has a version, and a file of an older devhost is brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from devhost.errors import StartError

Scripts = Mapping[int, str]
"""A file's SQL by version. The first script creates the file, each other one changes a file of the version before.
A script that has been in a commit is never changed: files that it made are in people's state folders."""


class FileVersionError(StartError):
    """The file is one of a newer devhost, of one that is too old, or of no devhost at all."""


def bring_up_to_date(database: sqlite3.Connection, file: Path, scripts: Scripts) -> None:
    """Create or upgrade the tables, each version in a transaction of its own.

    Raises FileVersionError, with the file unchanged, and sqlite3.Error.
    """
    (found,) = database.execute("PRAGMA user_version").fetchone()
    oldest, newest = min(scripts), max(scripts)
    if found == 0 and database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise FileVersionError(f"{file} is no file of devhost: use another --state.")
    if found > newest:
        raise FileVersionError(
            f"{file} was written by a newer devhost (version {found}; this one reads up to {newest}): "
            "use that devhost, or another --state."
        )
    if 0 < found < oldest:
        raise FileVersionError(
            f"{file} was written by a devhost that is too old (version {found}; this one reads from {oldest} on): "
            "use another --state."
        )
    for version in sorted(version for version in scripts if version > found):
        database.executescript(f"BEGIN; {scripts[version]}; PRAGMA user_version = {version}; COMMIT;")


def open_database(file: Path, scripts: Scripts) -> sqlite3.Connection:
    """Open `file`, or create it. Each statement commits by itself and survives a killed process.

    Raises StartError if the file belongs to another devhost or cannot be used.
    """
    try:
        database = sqlite3.connect(file, isolation_level=None)
        try:
            bring_up_to_date(database, file, scripts)
            database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        except BaseException:
            database.close()
            raise
    except sqlite3.Error as error:
        raise StartError(f"Cannot use {file}: {error}.") from error
    return database
