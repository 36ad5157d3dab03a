"""The state folder: its lock, its keys, the ports of the last run, and the file with all endpoints."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from devhost.errors import StartError

_OPEN_TO_OTHERS = 0o077
_WRITABLE_BY_OTHERS = 0o022


@dataclass(frozen=True, slots=True)
class Keys:
    """Random secrets of one state folder. They stay the same after a restart because clients have them."""

    storage: str
    service_bus: str
    event_grid: str
    durable: str
    function: str
    admin: str
    sign_in: str


def write_private(path: Path, text: str) -> None:
    """Replace `path` atomically with a file that only its owner can read."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)


def _make_private(folder: Path) -> None:
    """Close a folder to others. Raises StartError if somebody else may have put files there."""
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise StartError(f"The state folder {folder} belongs to user {found.st_uid}: use another --state.")
    if found.st_mode & _WRITABLE_BY_OTHERS and (foreign := _entry_of_another(folder)):
        text = f"Others may write to the state folder {folder}, and {foreign} in it is not yours"
        raise StartError(f"{text}: use another --state.")
    if found.st_mode & _OPEN_TO_OTHERS:
        folder.chmod(0o700)


def _entry_of_another(folder: Path) -> str | None:
    """Return the name of an entry that another user has put into a folder; a symbolic link counts as such."""
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink() or entry.lstat().st_uid != os.geteuid():
            return entry.name
    return None


class StateFolder:
    """The folder of all state: documents, messages and keys. Created if missing; no other user can read it."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_private(self.path)
        except OSError as error:
            raise StartError(f"Cannot use the state folder {self.path}: {error.strerror}.") from error
        self._lock_file: IO[str] | None = None

    @property
    def endpoints_file(self) -> Path:
        return self.path / "endpoints.json"

    def lock(self) -> None:
        """Lock the folder until the process ends. Raises StartError if another devhost has locked it."""
        try:
            file = (self.path / "lock").open("a+")
        except OSError as error:
            raise StartError(f"Cannot write to the state folder {self.path}: {error.strerror}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise StartError(
                f"Another devhost (pid {holder}) runs on {self.path}: stop it, or use another --state."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._lock_file = file

    def unlock(self) -> None:
        if self._lock_file:
            self._lock_file.close()
            self._lock_file = None

    def keys(self) -> Keys:
        """Return the folder's secrets, each made on first use."""
        file = self.path / "keys.json"
        try:
            kept = json.loads(file.read_text()) if file.exists() else {}
            keys = Keys(**{field.name: _new_key(field.name) for field in fields(Keys)} | kept)
        except (ValueError, TypeError) as error:
            raise StartError(f"{file} is damaged: delete it to make new keys ({error}).") from error
        if asdict(keys) != kept:
            write_private(file, json.dumps(asdict(keys)))
        return keys

    def ports(self) -> dict[str, int]:
        """Return the ports of the last run by service, empty at first."""
        file = self.path / "ports.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def remember_ports(self, ports: dict[str, int]) -> None:
        write_private(self.path / "ports.json", json.dumps(ports))

    def write_endpoints(self, endpoints: dict[str, object]) -> None:
        write_private(self.endpoints_file, json.dumps(endpoints, indent=2) + "\n")

    def remove_endpoints(self) -> None:
        self.endpoints_file.unlink(missing_ok=True)


def _new_key(name: str) -> str:
    """Make a key: in base64 if clients decode it, but the function key must fit into URLs as it is."""
    return secrets.token_urlsafe(32) if name == "function" else base64.b64encode(secrets.token_bytes(32)).decode()


def read_endpoints(state: Path) -> dict[str, object]:
    """Read the endpoints of a running devhost. Raises StartError if no devhost runs on `state`."""
    file = state.resolve() / "endpoints.json"
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        raise StartError(f"No devhost runs on {state.resolve()}: start one with `devhost start`.") from None
