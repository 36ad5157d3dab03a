"""A part of a file, up to its end, as a file of its own."""

from __future__ import annotations

import io
from typing import BinaryIO


class Window(io.BufferedIOBase):
    """What lies in a file from a place on. The file stays open."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        super().__init__()
        self._file, self._place, self._at = file, place, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as from any file."""
        self._file.seek(self._place + self._at)
        content = self._file.read(-1 if size is None else size)
        self._at += len(content)
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Seek as in any file."""
        length = self._file.seek(0, io.SEEK_END) - self._place if whence == io.SEEK_END else 0
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: length}[whence]
        if at < 0:
            raise ValueError(f"there is no byte {at}")
        self._at = at
        return at

    def tell(self) -> int:
        """Return the position as of any file."""
        return self._at
