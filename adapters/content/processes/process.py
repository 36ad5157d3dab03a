"""One inspector as its parent sees it: started, given a document, ended if it takes too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from compliance.content import ContentFinding, Finding

PROGRAM: Final = "adapters.content.processes.inspector"
# The kernel ends an inspector by its processor time; this is for one that waits, or that gets no processor.
MOST_SECONDS: Final = 120.0
_ROOT: Final = Path(__file__).parents[3]
_LONGEST_MESSAGE: Final = 4096


@dataclass(frozen=True, slots=True)
class Document:
    """A document to inspect; `fetch(offset, length)` returns a part of it."""

    length: int
    name: str
    declared_type: str | None
    allowed_types: tuple[str, ...]
    fetch: Callable[[int, int], bytes] = field(repr=False)


class NotBegunError(Exception):
    """The inspector ended before it asked for the document, so this was not the document's doing."""


class _EndedError(Exception):
    """The inspector ended, or says what it never does."""


class InspectorProcess:
    """A process that inspects one document at a time. It ends with this object."""

    def __init__(self, program: str = PROGRAM) -> None:
        """Start the process without waiting for it."""
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 our own arguments, no shell
                [sys.executable, "-P", "-m", program, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=_environment(),
            )
        self._ready = False
        self.end = weakref.finalize(self, _end, self._connection, self._process)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def inspect(self, document: Document) -> tuple[Finding, ...]:
        """Return what is found in a document; if that ends the process, what was found before and `not_inspected`.

        Raises NotBegunError, what the document's `fetch` raises, and RuntimeError if the program does not start.
        A process that raised, or of which `end.alive` is False afterwards, inspects no more.
        """
        self._wait_until_ready()
        ends = time.monotonic() + MOST_SECONDS
        guard = threading.Timer(MOST_SECONDS, self._process.kill)
        guard.daemon = True
        guard.start()
        findings: dict[ContentFinding, Finding] = {}
        begun = False
        try:
            self._hand_over(document)
            while True:
                match self._receive():
                    case {"read": [int(offset), int(length)]} if 0 <= offset <= offset + length <= document.length:
                        begun = True
                        self._send(document.fetch(offset, length) if length else b"")
                    case {"finding": [str(kind), str(detail)]} if kind in tuple(ContentFinding):
                        findings.setdefault(ContentFinding(kind), Finding(ContentFinding(kind), detail))
                    case {"done": True, "last": last}:
                        break
                    case _:
                        raise _EndedError
            if last:
                self.end()
        except _EndedError as error:
            self.end()
            if not begun:
                raise NotBegunError from error
            not_inspected = ContentFinding.NOT_INSPECTED
            findings[not_inspected] = Finding(not_inspected, self._why_it_ended(time.monotonic() > ends))
        except BaseException:
            self.end()
            raise
        finally:
            guard.cancel()
        return tuple(findings[kind] for kind in ContentFinding if kind in findings)

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        try:
            self._receive()
        except _EndedError as error:
            self.end()
            text = f"the process that inspects documents did not start: it ended with {self._process.returncode}"
            raise RuntimeError(text) from error
        self._ready = True

    def _hand_over(self, document: Document) -> None:
        request = {
            "length": document.length,
            "name": document.name,
            "declared": document.declared_type,
            "allowed": document.allowed_types,
        }
        self._send(json.dumps(request).encode())

    def _receive(self) -> Any:
        try:
            return json.loads(self._connection.recv_bytes(_LONGEST_MESSAGE))
        except (EOFError, OSError, ValueError) as error:
            raise _EndedError from error

    def _send(self, content: bytes) -> None:
        try:
            self._connection.send_bytes(content)
        except OSError as error:
            raise _EndedError from error

    def _why_it_ended(self, late: bool) -> str:
        if late or self._process.returncode == -signal.SIGXCPU:
            return "looking through it took too long and was broken off"
        return "looking through it broke down"


def _end(connection: Connection, process: subprocess.Popen[bytes]) -> None:
    connection.close()
    process.kill()
    process.wait()


def _environment() -> dict[str, str]:
    """Return where Python finds its modules, without the app's settings and secrets."""
    path = os.pathsep.join([str(_ROOT), *(entry for entry in sys.path if entry)])
    kept = {name: os.environ[name] for name in ("LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": path}
