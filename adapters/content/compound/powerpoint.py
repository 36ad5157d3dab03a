"""Passwords, macros and embedded objects of presentations up to PowerPoint 2003, by their records.

The records: [MS-PPT] 2.3 to 2.13, https://learn.microsoft.com/openspecs/office_file_formats.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from adapters.content.search import MEBIBYTE, Search
from compliance.content import ContentFinding

_ENCRYPTED_USER: Final = 0xF3D1C4DF  # 2.3.2, headerToken
_VBA_INFO: Final = bytes.fromhex("020000040c000000")  # 2.4.10, the header of VBAInfoAtom
_OBJECT_STORAGE, _USER_EDIT = 0x1011, 0x0FF5
_OBJECT_EMBEDDED, _OBJECT_LINKED = bytes.fromhex("cc0f"), bytes.fromhex("ce0f")
_COMMENT: Final = bytes.fromhex("0f00e02e")  # 2.6.6, Comment10Container
_HIDDEN_SLIDE: Final = bytes.fromhex("0000f90310000000")  # 2.6.6, SlideShowSlideInfoAtom
_WITH_ENCRYPTION: Final = 0x20  # length of a UserEditAtom that names a session of encryption
_LARGEST_OBJECT: Final = 8 * MEBIBYTE


def inspect_presentation(current_user: bytes | None, content: bytes, depth: int, search: Search) -> None:
    """Inspect the streams `Current User` and `PowerPoint Document`."""
    if current_user and len(current_user) >= 16 and struct.unpack_from("<I", current_user, 12)[0] == _ENCRYPTED_USER:
        search.add(ContentFinding.ENCRYPTED, "it needs a password")
        return
    at = -1
    while (at := content.find(_VBA_INFO, at + 1)) >= 0:
        if content[at + 12 : at + 16] == b"\x01\x00\x00\x00":
            search.add(ContentFinding.MACROS, "it holds macros")
    hidden = [text for text, found in (("comments", _COMMENT in content), ("hidden slides", _hides(content))) if found]
    if hidden:
        search.add(ContentFinding.HIDDEN_MATTER, f"it holds {' and '.join(hidden)}")
    for header, kind, body in _records(content):
        if kind == _USER_EDIT and len(body) >= _WITH_ENCRYPTION:
            search.add(ContentFinding.ENCRYPTED, "it needs a password")
        elif kind == _OBJECT_STORAGE:
            _inspect_object(body, bool(header >> 4), depth, search)


def _hides(content: bytes) -> bool:
    at = -1
    while (at := content.find(_HIDDEN_SLIDE, at + 1)) >= 0:
        if len(content) > at + 18 and content[at + 18] & 4:  # fHidden
            return True
    return False


def _records(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 8 <= len(content):
        header, kind, length = struct.unpack_from("<HHI", content, at)
        yield header, kind, content[at + 8 : at + 8 + length]
        at += 8 + length


def _inspect_object(body: bytes, compressed: bool, depth: int, search: Search) -> None:
    if compressed:
        body = zlib.decompressobj().decompress(body[4:], _LARGEST_OBJECT)
    search.inspect_embedded(body, depth)
