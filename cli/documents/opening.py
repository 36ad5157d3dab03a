"""Opening a fetched document with the program that this computer has for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from cli.failures import CommandError
from cli.local_file_name import file_name_objection

# What a program only shows. Everything else, such as .exe, .js, .desktop or .html, could be run by being opened.
_SHOWN: Final = re.compile(
    r"\.(pdf|txt|csv|md|rtf|png|jpe?g|gif|webp|bmp|tiff?|docx?|xlsx?|pptx?|odt|ods|odp)", re.IGNORECASE
)


def private_file(document_name: str) -> Path:
    """Return a path for a new file, in a new folder of its owner's own; the name is the document's if that is safe."""
    name = document_name.rpartition("/")[2]
    if file_name_objection(name):
        name = f"document{_ending(name)}"
    return Path(tempfile.mkdtemp(prefix="compliance-")) / name


def open_file(file: Path) -> bool:
    """Open a file with the system's program for it. Returns False if there is none. Raises CommandError."""
    if not _SHOWN.fullmatch(file.suffix):
        return False
    try:
        if sys.platform == "win32":
            os.startfile(file)  # noqa: S606 a kind of file that is only shown
            return True
        program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        if program is None:
            return False
        ended = subprocess.run(  # noqa: S603 the system's own program; the name does not begin with -
            [program, str(file)], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise CommandError(f"{file} cannot be opened: {error.strerror}") from error
    return ended.returncode == 0


def _ending(name: str) -> str:
    ending = Path(name).suffix.lower()
    return ending if ending[1:].isalnum() and ending.isascii() else ""
