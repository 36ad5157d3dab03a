"""A stored document as a seekable file. Only the parts that parsers read are fetched."""

from __future__ import annotations

import io
from collections.abc import Callable

from adapters.content.search import KIBIBYTE, MEBIBYTE, SearchLimitError

_AT_ONCE = 4 * MEBIBYTE  # one request
_AFTER_A_JUMP = 64 * KIBIBYTE  # a parser that jumps reads little there
_MOST_REQUESTS = 1000
_MOST_FETCHED = 512 * MEBIBYTE
_LARGEST_READ = 8 * MEBIBYTE


class RangeFile(io.BufferedReader):
    """A file of `length` bytes. `fetch(offset, length)` returns exactly `length` bytes."""

    def __init__(self, length: int, fetch: Callable[[int, int], bytes]) -> None:
        self._length = length
        super().__init__(_Ranges(length, fetch), _AT_ONCE)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as from any file. Raises SearchLimitError if more is wanted than a parser needs at once."""
        left = self._length - self.tell()
        wanted = left if size is None or size < 0 else min(size, left)
        if wanted > _LARGEST_READ:
            raise SearchLimitError("it is too large and too scattered to be looked through")
        return super().read(wanted) if wanted > 0 else b""


class _Ranges(io.RawIOBase):
    def __init__(self, length: int, fetch: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self.length = length
        self._fetch = fetch
        self._at = 0
        self._requests = 0
        self._fetched = 0
        self._following, self._next = 0, _AFTER_A_JUMP  # where the next request goes on, and how much it takes then

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length}[whence]
        if at < 0:
            raise ValueError(f"there is no byte {at}")
        self._at = at
        return at

    def readinto(self, buffer: memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        most = self._next if self._at == self._following else _AFTER_A_JUMP
        wanted = min(len(buffer), self.length - self._at, most)
        if wanted <= 0:
            return 0
        self._requests += 1
        self._fetched += wanted
        if self._requests > _MOST_REQUESTS or self._fetched > _MOST_FETCHED:
            raise SearchLimitError("it is too large to be looked through")
        content = self._fetch(self._at, wanted)
        buffer[: len(content)] = content
        self._at += len(content)
        self._following, self._next = self._at, min(16 * most, _AT_ONCE)
        return len(content)
