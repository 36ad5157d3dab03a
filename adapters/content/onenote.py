"""Files in sections of OneNote: [MS-ONESTORE] 2.6.13."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from adapters.content.search import KIBIBYTE, MEBIBYTE, Search
from compliance.content import ContentFinding

# A section and a table of contents.
ONENOTE: Final = (
    bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"),
    bytes.fromhex("a12ff43fd9ef764c9ee210ea5722765f"),
)
_FILE: Final = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
_HEADER: Final = struct.Struct("<16sQ12x")
_PICTURES: Final = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"\x01\x00\x00\x00",
    b"\xd7\xcd\xc6\x9a",
    b"RIFF",
    b"II*",
    b"MM",
)
_PIECE: Final = 256 * KIBIBYTE
_LARGEST: Final = 8 * MEBIBYTE
_MOST: Final = 64 * MEBIBYTE


def inspect_section(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect the files in a section, of which the pictures are ordinary."""
    document.seek(0)
    at, rest = 0, b""
    places: list[int] = []
    while at < _MOST and (piece := document.read(_PIECE)):
        window = rest + piece
        found = window.find(_FILE)
        while found >= 0:
            places.append(at - len(rest) + found)
            found = window.find(_FILE, found + 1)
        at, rest = at + len(piece), window[-len(_FILE) + 1 :]
    for place in places:
        document.seek(place)
        _, length = _HEADER.unpack(document.read(_HEADER.size))
        content = document.read(min(length, _LARGEST))
        if not content.startswith(_PICTURES):
            search.add(ContentFinding.ATTACHMENT, "files are attached to its pages")
        search.inspect_embedded(content, depth)
