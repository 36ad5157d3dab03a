"""Azurite's access log, followed line by line: it says what was written as soon as the response went out.

Lines are in Apache's common format (Azurite uses morgan "common").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from devhost.storage.azurite import ACCOUNT
from devhost.storage.file_changes import FileChanges

_REQUEST = re.compile(r'"([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3}) ')
_TRUNCATE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One answered request. `path` is decoded and without the account; `comp` is the operation's query parameter."""

    method: str
    path: str
    comp: str
    status: int


class AccessLog:
    """Follows the log from its end. `on_request` gets each request; `on_gap` is called when lines may be lost."""

    def __init__(self, file: Path, on_request: Callable[[LoggedRequest], None], on_gap: Callable[[], None]) -> None:
        self._file = file
        self._on_request = on_request
        self._on_gap = on_gap
        self._changes = FileChanges(file, self._read)
        self._position = 0
        self._rest = b""

    def start(self) -> None:
        self._position = self._file.stat().st_size
        self._changes.start()

    def stop(self) -> None:
        self._changes.stop()

    def _read(self) -> None:
        with self._file.open("rb") as file:
            file.seek(self._position)
            added = file.read()
        self._position += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        for line in lines:
            if request := parse_line(line.decode(errors="replace")):
                self._on_request(request)
        if self._position > _TRUNCATE_BYTES:
            self._truncate()

    def _truncate(self) -> None:
        """Empty the file in place (Azurite appends); what came between reading and this is lost, hence the gap."""
        with self._file.open("r+b") as file:
            file.truncate(0)
        self._position, self._rest = 0, b""
        self._on_gap()


def parse_line(line: str) -> LoggedRequest | None:
    """None for what is not a request to our account."""
    match = _REQUEST.search(line)
    if not match:
        return None
    url = urlsplit(match[2])
    account, _, path = url.path.lstrip("/").partition("/")
    if account != ACCOUNT:
        return None
    comp = parse_qs(url.query).get("comp", [""])[0]
    return LoggedRequest(match[1], unquote(path), comp, int(match[3]))
