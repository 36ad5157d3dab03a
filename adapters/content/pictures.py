"""Where a picture ends: programs for pictures do not show what follows.

The formats: ITU T.81, annex B; https://www.w3.org/TR/png/; GIF89a; the RIFF of WebP.
"""

from __future__ import annotations

import io
import re
import struct
from typing import BinaryIO, Final

from adapters.content.search import KIBIBYTE

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
GIF: Final = (b"GIF87a", b"GIF89a")
RIFF: Final = b"RIFF"
BITMAP: Final = b"BM"
TIFF: Final = (b"II*\0", b"MM\0*")
PICTURES: Final = (PNG, JPEG, *GIF, RIFF, BITMAP, *TIFF)

_PIECE: Final = 64 * KIBIBYTE
_MOST_BLOCKS: Final = 100_000
# In the data of a JPEG, a byte FF before anything but 00 and the marks of restarts begins a segment.
_SEGMENT: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_NO_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_END_OF_JPEG, _SCAN = 0xD9, 0xDA


def end_of_picture(document: BinaryIO, beginning: bytes) -> int | None:
    """Return where a picture ends. None if its format does not say so, or if it is cut."""
    if beginning.startswith(PNG):
        return _end_of_png(document)
    if beginning.startswith(JPEG):
        return _end_of_jpeg(document)
    if beginning.startswith(GIF):
        return _end_of_gif(document, beginning)
    if beginning.startswith(RIFF) and len(beginning) > 8:
        return 8 + struct.unpack_from("<I", beginning, 4)[0]
    return None


def _end_of_png(document: BinaryIO) -> int | None:
    at = len(PNG)
    for _ in range(_MOST_BLOCKS):
        document.seek(at)
        head = document.read(8)
        if len(head) < 8:
            return None
        length, kind = struct.unpack(">I4s", head)
        at += 12 + length
        if kind == b"IEND":
            return at
    return None


def _end_of_jpeg(document: BinaryIO) -> int | None:
    at = 2
    for _ in range(_MOST_BLOCKS):
        document.seek(at)
        head = document.read(4)
        if len(head) < 2 or head[0] != 0xFF:
            return None
        kind = head[1]
        if kind == _END_OF_JPEG:
            return at + 2
        if kind == 0xFF:  # fill
            at += 1
        elif kind in _NO_LENGTH:
            at += 2
        elif len(head) < 4:
            return None
        else:
            at += 2 + int.from_bytes(head[2:], "big")
            if kind == _SCAN:
                following = _next_segment(document, at)
                if following is None:
                    return None
                at = following
    return None


def _next_segment(document: BinaryIO, at: int) -> int | None:
    document.seek(at)
    last = b""
    while piece := document.read(_PIECE):
        window = last + piece
        if found := _SEGMENT.search(window):
            return at - len(last) + found.start()
        at, last = at + len(piece), window[-1:]
    return None


def _end_of_gif(document: BinaryIO, beginning: bytes) -> int | None:
    if len(beginning) < 13:
        return None
    at = 13 + _colours(beginning[10])
    for _ in range(_MOST_BLOCKS):
        document.seek(at)
        head = document.read(10)
        match head[:1]:
            case b"\x3b":
                return at + 1
            case b"\x21":  # an extension
                at = _after_blocks(document, at + 2)
            case b"\x2c" if len(head) == 10:
                at = _after_blocks(document, at + 11 + _colours(head[9]))
            case _:
                return None
    return None


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(document: BinaryIO, at: int) -> int:
    document.seek(at)
    for _ in range(_MOST_BLOCKS):
        size = document.read(1)
        if not size or size == b"\0":
            break
        document.seek(size[0], io.SEEK_CUR)
    return document.tell()
