"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path
from typing import Final

from cli.failures import CommandError, ExitCode
from cli.terminal import print_line, say

STANDARD_OUTPUT: Final = Path("-")


def check_output(file: Path | None, *, as_json: bool) -> None:
    """Raise CommandError if a file is there, which no command replaces, or if JSON goes to standard output as well."""
    if file == STANDARD_OUTPUT:
        if as_json:
            raise CommandError("-o - and --json exclude each other: both write to standard output", ExitCode.USAGE)
    elif file and file.exists():
        text = f"{file} exists already and was left as it is; name another file, or remove it first"
        raise CommandError(text, ExitCode.USAGE)


def print_about(file: Path | None, text: str) -> None:
    """Print a line about the file that was written, beside it if it went to standard output."""
    (say if file == STANDARD_OUTPUT else print_line)(text)


@contextmanager
def whole_file(file: Path) -> Iterator[BufferedRandom]:
    """Write beside `file` and rename at the end: an error leaves the old content. `-` is standard output.

    The file is readable by its owner only. Raises CommandError if it cannot be written.
    """
    to_file = file != STANDARD_OUTPUT
    try:
        folder = file.parent if to_file else None
        descriptor, name = tempfile.mkstemp(prefix=".compliance-", suffix=".partial", dir=folder)
        partial = Path(name)
        try:
            with os.fdopen(descriptor, "w+b") as content:
                yield content
            if to_file:
                partial.replace(file)
            else:
                with partial.open("rb") as content:
                    shutil.copyfileobj(content, sys.stdout.buffer)
                sys.stdout.buffer.flush()
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
