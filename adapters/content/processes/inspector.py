"""The program of an inspector: a process that inspects one document after another, within limits of memory and time.

Its end of the conversation: a request arrives; it requests parts of the document, reports each finding at once, and
then that it is done. So what was found is not lost if a document ends the process. The other end is `process.py`.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO, Final

from adapters.content.inspection import inspect_content
from adapters.content.ranges import RangeFile
from adapters.content.search import KIBIBYTE, MEBIBYTE, MOST_SECONDS
from compliance.content import Finding

# Documents up to this length are handed over whole; of larger ones, the parts that parsers read.
HELD_BYTES: Final = 8 * MEBIBYTE
MOST_MEMORY: Final = 256 * MEBIBYTE  # beyond what the program itself needs
# The search ends by itself before, unless a parser does not end.
_MOST_PROCESSOR_SECONDS: Final = int(MOST_SECONDS) + 10
_MOST_IDLE_SECONDS: Final = 300
# Memory that parsers leave in pieces is returned when the process ends.
_MOST_DOCUMENTS: Final = 1000
_MOST_KEPT_MEMORY: Final = 64 * MEBIBYTE
_SET_SIGNAL_AT_PARENTS_DEATH: Final = 1  # PR_SET_PDEATHSIG in linux/prctl.h

Inspect = Callable[[BinaryIO, str, str | None, tuple[str, ...], Callable[[Finding], None]], object]


def main(inspect: Inspect = inspect_content) -> None:
    """Inspect the documents that the parent process sends."""
    descriptor, parent = (int(argument) for argument in sys.argv[1:])
    _die_with(parent)
    with Connection(descriptor) as connection:
        _limit()
        connection.send_bytes(b'{"ready": true}')
        _hush()
        at_first, inspected = peak_memory(), 0
        while connection.poll(_MOST_IDLE_SECONDS):
            try:
                request = json.loads(connection.recv_bytes())
            except EOFError:
                return
            _limit_processor_time()
            _inspect(connection, request, inspect)
            inspected += 1
            last = inspected == _MOST_DOCUMENTS or peak_memory() > at_first + _MOST_KEPT_MEMORY
            _send(connection, {"done": True, "last": last})
            if last:
                return


def _inspect(connection: Connection, request: dict[str, Any], inspect: Inspect) -> None:
    def fetch(offset: int, length: int) -> bytes:
        _send(connection, {"read": [offset, length]})
        return connection.recv_bytes()

    def report(finding: Finding) -> None:
        _send(connection, {"finding": [finding.kind, finding.detail]})

    length: int = request["length"]
    # Asked for even if there are no bytes: with this the document is the inspector's.
    document = io.BytesIO(fetch(0, length)) if length <= HELD_BYTES else RangeFile(length, fetch)
    with document:
        inspect(document, request["name"], request["declared"], tuple(request["allowed"]), report)


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())


def _die_with(parent: int) -> None:
    """Have the kernel end this process once its parent ends."""
    ctypes.CDLL(None).prctl(_SET_SIGNAL_AT_PARENTS_DEATH, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def _limit() -> None:
    """Limit memory to what is used by now and MOST_MEMORY; forbid to write files, among them memory dumps."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(kind, (0, 0))


def _limit_processor_time() -> None:
    """Have the kernel end this process once it has spent too much on the next document."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    ends = int(spent.ru_utime + spent.ru_stime) + _MOST_PROCESSOR_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (ends, resource.RLIM_INFINITY))


def _hush() -> None:
    """Write nothing any more to the app's standard error: the texts of errors quote documents."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stderr.fileno())
    os.close(nothing)


def peak_memory() -> int:
    """Return the most bytes of memory that this process has held."""
    # Not by getrusage: it begins with what the parent held at the start.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * KIBIBYTE


if __name__ == "__main__":
    main()
