"""Azurite's access log, followed line by line: it has every write as soon as the response was sent.

Lines are in Apache's common format (Azurite uses morgan "common").
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from devhost.storage.azurite import ACCOUNT
from devhost.storage.file_changes import FileChanges

_REQUEST = re.compile(r'"([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3}) ')
_TRUNCATE_BYTES = 16 * 1024 * 1024
_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """An answered request. `path` is decoded and without the account; `comp` is the operation's query parameter."""

    method: str
    path: str
    comp: str
    status: int


class AccessLog:
    """The log, followed from its end. `on_request` gets each request; `on_gap` is called if lines may be lost."""

    def __init__(self, file: Path, on_request: Callable[[LoggedRequest], None], on_gap: Callable[[], None]) -> None:
        self._file = file
        self._on_request = on_request
        self._on_gap = on_gap
        self._changes = FileChanges(file, self._read)
        self._descriptor = -1
        self._position = 0
        self._rest = b""

    def start(self) -> None:
        self._descriptor = os.open(self._file, os.O_RDWR)
        self._position = os.fstat(self._descriptor).st_size
        self._changes.start()

    def stop(self) -> None:
        self._changes.stop()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _read(self) -> None:
        # Mostly one system call, because around each the interpreter may switch to the app's thread, which costs more.
        while self._read_some() == _READ_BYTES:
            pass  # there may be more
        if self._position > _TRUNCATE_BYTES:
            self._truncate()

    def _read_some(self) -> int:
        added = os.pread(self._descriptor, _READ_BYTES, self._position)
        self._position += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        for line in lines:
            if request := parse_line(line.decode(errors="replace")):
                self._on_request(request)
        return len(added)

    def _truncate(self) -> None:
        """Empty the file in place (Azurite appends). Lines written since the last read are lost, hence the gap."""
        os.ftruncate(self._descriptor, 0)
        self._position, self._rest = 0, b""
        self._on_gap()


def parse_line(line: str) -> LoggedRequest | None:
    """Parse a line of the log. Return None if it is no request to our account."""
    match = _REQUEST.search(line)
    if not match:
        return None
    url = urlsplit(match[2])
    account, _, path = url.path.lstrip("/").partition("/")
    if account != ACCOUNT:
        return None
    comp = parse_qs(url.query).get("comp", [""])[0]
    return LoggedRequest(match[1], unquote(path), comp, int(match[3]))
