"""The one layout of a bundle as a ZIP file: each byte follows from the names and contents of the files in it.

So nothing fits before, between or behind the files, and programs that read a ZIP file from its start find what programs
find that read it from its end. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_DIRECTORY_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_END_OF_DIRECTORY: Final = struct.Struct("<4s4H2LH")
_VERSION: Final = 20  # of the ZIP format
_UNIX: Final = 3 << 8
_STORED: Final = 0  # not compressed
_TIME: Final = 0
_DATE: Final = 1 << 5 | 1  # 1980-01-01, the first day that ZIP knows
_REGULAR_FILE: Final = 0o100600 << 16  # for its owner only


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the ZIP file."""

    name: str
    crc32: int
    size: int  # bytes


def local_header(entry: Entry) -> bytes:
    """Return what stands before a file's content."""
    return _LOCAL_HEADER.pack(b"PK\x03\x04", _VERSION, *_described(entry), 0) + entry.name.encode()


def directory(entries: Sequence[Entry]) -> bytes:
    """Return what stands behind the last file: the directory and its end."""
    listed, offset = b"", 0
    for entry in entries:
        described = (_UNIX | _VERSION, _VERSION, *_described(entry), 0, 0, 0, 0, _REGULAR_FILE, offset)
        listed += _DIRECTORY_ENTRY.pack(b"PK\x01\x02", *described) + entry.name.encode()
        offset += len(local_header(entry)) + entry.size
    return listed + _END_OF_DIRECTORY.pack(b"PK\x05\x06", 0, 0, len(entries), len(entries), len(listed), offset, 0)


def _described(entry: Entry) -> tuple[int, ...]:
    """Return what both headers say of a file: flags, method, time, date, checksum, both sizes, length of the name."""
    return (0, _STORED, _TIME, _DATE, entry.crc32, entry.size, entry.size, len(entry.name.encode()))
