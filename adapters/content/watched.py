"""A file that stops a parser when the time is up, even one that reads the same bytes over and over."""

from __future__ import annotations

import io
from typing import BinaryIO

from adapters.content.search import Search


class WatchedFile(io.BufferedIOBase):
    """A document, or a part of one, as parsers are given it. Reading it raises SearchLimitError once the time is up.

    Parsers swallow errors. Then each further read raises at once, and the parser's caller calls `check_time` again.
    """

    def __init__(self, file: BinaryIO, search: Search) -> None:
        super().__init__()
        self._file = file
        self._search = search

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as from any file. Raises SearchLimitError."""
        self._search.check_time()
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Seek as in any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position as of any file."""
        return self._file.tell()
