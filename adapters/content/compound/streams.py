"""The directory and the streams of a compound file, read no further than is needed.

The format: [MS-CFB], https://learn.microsoft.com/openspecs/windows_protocols/ms-cfb. Why not by a library:
docs/decisions/0014-what-looks-into-documents.md.
"""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Final

from adapters.content.search import KIBIBYTE, MEBIBYTE, Search

# 2.2: sector shift; first directory sector; cutoff of mini streams, their table; first DIFAT sector, their number
_HEADER: Final = struct.Struct("<30xH16xI4xIIxxxxII")
_SECTOR_SHIFTS: Final = (9, 12)
_MINI_SHIFT: Final = 6
_LAST: Final = 0xFFFFFFFA  # larger numbers are no sectors
_ENTRY: Final = struct.Struct("<64sHBxIII16s20xIQ")  # 2.6.1
_NONE: Final = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MOST_ENTRIES: Final = 64 * KIBIBYTE
_LARGEST: Final = 32 * MEBIBYTE  # of a stream, so far as it is read


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream or a storage. `path` is that of the storages above it, in lower case; None if nothing leads there."""

    name: str
    is_stream: bool
    path: tuple[str, ...] | None
    class_id: bytes
    start: int
    size: int


class CompoundFile:
    """A compound file. Its methods raise ValueError or struct.error if it is damaged."""

    def __init__(self, file: BinaryIO, search: Search) -> None:
        self._file, self._search = file, search
        length = file.seek(0, io.SEEK_END)
        file.seek(0)
        header = file.read(512)
        self._shift, directory, self._cutoff, self._mini_start, at, chained = _HEADER.unpack_from(header)
        if self._shift not in _SECTOR_SHIFTS:
            raise ValueError("there are no sectors of this size")
        self._most_sectors = 1 + (length >> self._shift)
        numbers = list(struct.unpack("<109I", header[76:512]))
        for _ in range(min(chained, self._most_sectors)):
            if at >= _LAST:
                break
            *more, at = self._numbers(at)
            numbers += more
        self._table_sectors = list(itertools.takewhile(lambda number: number < _LAST, numbers))
        self._table: dict[int, tuple[int, ...]] = {}
        self.entries = self._read_directory(directory)

    @property
    def root(self) -> Entry:
        """The entry that stands for the whole file."""
        return self.entries[0]

    def stream(self, name: str) -> bytes | None:
        """Return a stream beside the root, as `read` does; None if there is none of this name."""
        named = (entry for entry in self.entries if entry.is_stream and entry.path == () and entry.name == name)
        return next(map(self.read, named), None)

    def read(self, entry: Entry, most: int = _LARGEST) -> bytes:
        """Return the first bytes of a stream."""
        most = min(most, entry.size)
        if entry.size >= self._cutoff:
            return b"".join(self._pieces(entry.start, most))[:most]
        content, sector = bytearray(), entry.start
        while len(content) < most and sector < _LAST:
            at = sector << _MINI_SHIFT
            within = at & ((1 << self._shift) - 1)
            content += self._sector(self._mini_sectors[at >> self._shift])[within : within + (1 << _MINI_SHIFT)]
            sector = self._mini_table[sector]
        return bytes(content[:most])

    @cached_property
    def _mini_sectors(self) -> list[int]:
        return list(self._chain(self.root.start, self.root.size))

    @cached_property
    def _mini_table(self) -> tuple[int, ...]:
        content = b"".join(self._pieces(self._mini_start, self.root.size // 16))
        return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])

    def _pieces(self, start: int, most: int) -> Iterator[bytes]:
        return map(self._sector, self._chain(start, most))

    def _chain(self, start: int, most: int) -> Iterator[int]:
        """Return the sectors that follow each other, so many that they hold `most` bytes."""
        sector = start
        for _ in range(min(self._most_sectors, (min(most, _LARGEST) + (1 << self._shift) - 1) >> self._shift)):
            if sector >= _LAST:
                return
            yield sector
            sector = self._next(sector)

    def _next(self, sector: int) -> int:
        number, within = divmod(sector, 1 << (self._shift - 2))
        if number >= len(self._table_sectors):
            raise ValueError("a sector lies beyond the allocation table")
        if number not in self._table:
            self._table[number] = self._numbers(self._table_sectors[number])
        return self._table[number][within]

    def _numbers(self, sector: int) -> tuple[int, ...]:
        content = self._sector(sector)
        return struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4])

    def _sector(self, sector: int) -> bytes:
        """Return a sector; the last one of a file may be cut."""
        self._search.check_time()
        self._file.seek((sector + 1) << self._shift)
        content = self._file.read(1 << self._shift)
        if not content:
            raise ValueError("a sector lies beyond the end")
        return content

    def _read_directory(self, start: int) -> tuple[Entry, ...]:
        content = b"".join(self._pieces(start, _MOST_ENTRIES * _ENTRY.size))
        whole = len(content) // _ENTRY.size * _ENTRY.size
        rows = list(_ENTRY.iter_unpack(content[:whole]))
        names = [_name(row[0], row[1]) for row in rows]
        if not rows or rows[0][2] != _ROOT:
            raise ValueError("there is no root")
        paths: dict[int, tuple[str, ...]] = {}
        waiting: list[tuple[int, tuple[str, ...]]] = [(rows[0][5], ())]
        while waiting:
            number, path = waiting.pop()
            if number < len(rows) and number not in paths:
                paths[number] = path
                _, _, kind, left, right, child, *_ = rows[number]
                waiting += [(left, path), (right, path)]
                if kind == _STORAGE and len(path) < 16:
                    waiting.append((child, (*path, names[number].lower())))
        return tuple(
            Entry(names[number], row[2] == _STREAM, paths.get(number), row[6], row[7], row[8] & 0xFFFFFFFF)
            for number, row in enumerate(rows)
            if row[2] in (_STORAGE, _STREAM, _ROOT)
        )


def _name(raw: bytes, length: int) -> str:
    return raw[: max(0, min(64, length) - 2)].decode("utf-16-le", "replace")
