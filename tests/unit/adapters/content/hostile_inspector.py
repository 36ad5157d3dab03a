"""An inspector whose parser does whatever a document says: no real one is known that could make ours do it."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from adapters.content.inspection import inspect_content
from adapters.content.processes.inspector import main
from adapters.content.search import MEBIBYTE, MOST_SECONDS
from compliance.content import ContentFinding, Finding


def inspect(  # noqa: PLR0912 one branch for each evil
    document: BinaryIO, name: str, declared: str | None, allowed: tuple[str, ...], report: Callable[[Finding], None]
) -> None:
    """Do what the document says; inspect it if it says nothing."""
    found_before = Finding(ContentFinding.MACROS, "found before")
    match document.read(100).partition(b" "):
        case b"memory", _, _:
            report(found_before)
            hoard: list[bytes] = []
            while True:
                hoard.append(bytes(10_000_000))
        case b"loop", _, sign:
            if sign:
                Path(sign.decode()).touch()
            else:  # most of the time is spent already
                ends, _ = resource.getrlimit(resource.RLIMIT_CPU)
                resource.setrlimit(resource.RLIMIT_CPU, (ends - int(MOST_SECONDS) - 9, resource.RLIM_INFINITY))
            report(found_before)
            while True:
                pass
        case b"much", b" ", b"memory":
            _ = b"1" * (2 * MEBIBYTE * 64)
        case b"wait", _, _:
            report(found_before)
            signal.pause()
        case b"crash", _, _:
            report(found_before)
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"write", _, path:
            try:
                Path(path.decode()).write_bytes(b"secret")
            except OSError:
                report(Finding(ContentFinding.NOT_INSPECTED, "forbidden"))
        case b"secrets", _, _:
            if "SECRET" in os.environ:
                report(Finding(ContentFinding.MALWARE, "a secret"))
        case b"lie", _, in_json:
            report(found_before)
            told = b'"text"' if in_json else b"\x7f\xff\xff\xff"
            os.write(int(sys.argv[1]), len(told).to_bytes(4, "big") + told if in_json else told)
            signal.pause()
        case b"pid", _, _:
            report(Finding(ContentFinding.NOT_INSPECTED, str(os.getpid())))
        case _:
            document.seek(0)
            inspect_content(document, name, declared, allowed, report)


if __name__ == "__main__":
    main(inspect)
