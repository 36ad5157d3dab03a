"""Ctrl-C while a host starts: one line, the exit code of an interrupt, and nothing is left running."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path


def running_on(folder: Path) -> list[str]:
    """Return the command lines that name a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            found.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if str(folder) in line]


def test_ctrl_c_while_azurite_starts(new_host) -> None:
    host = new_host(None)
    process = host.launch()
    host.until_made("azurite.json")

    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 130
    assert host.output.splitlines()[0].endswith("[devhost] Stopped before it was ready")
    assert len(host.output.splitlines()) == 1
    assert running_on(host.state) == []
