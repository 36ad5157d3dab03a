"""Macros in web archives and XML of Word and Excel: a compound file, compressed, behind a header of 50 bytes."""

from __future__ import annotations

import zlib
from typing import BinaryIO, Final

from adapters.content.search import MEBIBYTE, Search

ACTIVE_MIME: Final = b"ActiveMime"
_LARGEST: Final = 8 * MEBIBYTE


def inspect_active_mime(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect the compound file."""
    document.seek(0)
    packed = document.read(_LARGEST)
    at = packed.find(b"\x78", 32)
    content = zlib.decompressobj().decompress(packed[at:], _LARGEST)
    search.inspect_embedded(content, depth)
