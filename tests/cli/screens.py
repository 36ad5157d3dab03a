"""The command's screens as a person sees them: in a terminal of some width, or in a pipe.

`WRITE_SCREENS=1` writes the kept ones anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import sys
import termios
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

from cli import terminal
from cli.main import app
from tests.cli.running import run

FOLDER: Final = Path(__file__).with_name("screens")
WIDTHS: Final = {"80": 80, "120": 120, "pipe": None}
_STYLE: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_VARYING: Final = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<review>"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "<review>"),
    (re.compile(r"0x[0-9A-F]+"), "<etag>"),
    (re.compile(r"\d{4}-\d\d-\d\d(T[\d:]{8}Z| [\d:]{8} [A-Z]{3,4})"), "<moment>"),
    (re.compile(r"--since \d{4}-\d\d"), "--since <month>"),
    (re.compile(r"\b(\d{1,2} [A-Z][a-z]{2} \d{4}|today|tomorrow|yesterday)( \d\d:\d\d)?\b"), "<day>"),
    (re.compile(r"\b(overdue|due in) \d+ (s|min|h|d)\b"), r"\1 <time>"),
)


def command(words: Sequence[object]) -> Callable[[], None]:
    """Return a call of the command in this process."""
    return partial(app, list(map(str, words)), prog_name="compliance")


def screen(monkeypatch: pytest.MonkeyPatch, width: int, draw: Callable[[], None]) -> str:
    """Let something print in a terminal of this width; return what is on the screen, without colours."""
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (50, width))
    seen = bytearray()

    def read() -> None:
        try:
            while block := os.read(ours, 65536):
                seen.extend(block)
        except OSError:  # Linux: nobody has the terminal open any longer
            pass

    reader = Thread(target=read)
    reader.start()
    with monkeypatch.context() as patch, os.fdopen(theirs, "w", encoding="utf-8") as stream:
        patch.setenv("COLUMNS", str(width))
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        terminal.out.cache_clear()
        terminal.err.cache_clear()
        try:
            draw()
        except SystemExit:
            pass
        finally:
            terminal.out.cache_clear()
            terminal.err.cache_clear()
    reader.join()
    os.close(ours)
    lines = _STYLE.sub("", seen.decode().replace("\r\n", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines)


def check_screens(monkeypatch: pytest.MonkeyPatch, name: str, commands: Sequence[Sequence[object]]) -> None:
    """Run read-only commands in terminals of 80 and 120 columns and in a pipe; compare what they print.

    The screens are kept under this name. Ids and times, which differ each time, are left out of them.
    """
    for kind, width in WIDTHS.items():
        text = ""
        for words in commands:
            asked = " ".join(map(str, words[2:]))  # without --settings
            printed = screen(monkeypatch, width, command(words)) if width else run(*words).out
            text += f"$ compliance {asked}\n{printed}\n"
        for found, instead in _VARYING:
            text = found.sub(instead, text)
        check_screen(name, kind, text)


def check_screen(name: str, kind: str, text: str) -> None:
    """Compare a screen with the kept one."""
    file = FOLDER / f"{name}.{kind}.txt"
    if os.environ.get("WRITE_SCREENS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), file.name
