"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cli.failures import CommandError


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Write beside `file` and rename at the end: an error leaves the old content.

    The file is readable by its owner only. Raises CommandError if it cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=".compliance-", suffix=".partial", dir=file.parent)
        partial = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as content:
                yield content
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror or error}") from error
