"""Screens as people see them, kept as text beside the tests.

`WRITE_SCREENS=1 pytest tests/unit/cli` writes them anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.text import Text

from cli.local_time import LocalTime
from tests.builders import REQUESTED_AT

FOLDER: Final = Path(__file__).with_name("screens")
WIDTHS: Final = {"80": 80, "120": 120, "pipe": None}
TIME: Final = LocalTime(REQUESTED_AT + timedelta(days=1, hours=2), ZoneInfo("Europe/Berlin"))


def check_screens(name: str, draw: Callable[[int | None], Iterable[Text]]) -> None:
    """Compare what is drawn for a terminal of 80 and 120 columns and for a pipe with the screens of that name."""
    for kind, width in WIDTHS.items():
        text = "".join(f"{line.plain}\n" for line in draw(width))
        file = FOLDER / f"{name}.{kind}.txt"
        if os.environ.get("WRITE_SCREENS"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8"), file.name
        # What is longer than a line has no label before it, so that an id in it can be copied.
        longer = [line for line in text.splitlines() if width and cell_len(line) > width]
        assert all(line.startswith("archived/") for line in longer), longer
