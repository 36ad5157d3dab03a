"""A file that ends the search when its time is up, for parsers that read the same bytes over and over."""

from __future__ import annotations

import io
from typing import BinaryIO

from adapters.content.search import Search


class WatchedFile(io.BufferedIOBase):
    """A document, or a part of one, as parsers are given it. Reading it raises SearchLimitError when the time is up.

    Parsers swallow errors; then each further read raises at once, and whoever called the parser asks `goes_on` again.
    """

    def __init__(self, file: BinaryIO, search: Search) -> None:
        super().__init__()
        self._file = file
        self._search = search

    def readable(self) -> bool:
        """As any file's."""
        return True

    def seekable(self) -> bool:
        """As any file's."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As any file's. Raises SearchLimitError."""
        self._search.goes_on()
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """As any file's."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As any file's."""
        return self._file.tell()
