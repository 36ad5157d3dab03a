"""Attachments of Outlook in TNEF, the file winmail.dat: [MS-OXTNEF] 2.1.3."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, Final

from adapters.content.names import inspect_name
from adapters.content.search import MEBIBYTE, Search
from compliance.content import ContentFinding

TNEF: Final = bytes.fromhex("789f3e22")
_HEADER: Final = struct.Struct("<BII")  # of an attribute: its level, its id and its length
_ATTACHMENT, _CONTENT, _PROPERTIES, _TITLE = 0x0006_9002, 0x0006_800F, 0x0006_9005, 0x0001_8010
_OBJECT: Final = bytes.fromhex("0d000137")  # PidTagAttachDataObject
_LARGEST: Final = 8 * MEBIBYTE
_MOST: Final = 100_000
_LONGEST_NAME: Final = 2048


def inspect_tnef(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect the attachments in a TNEF stream."""
    document.seek(6)  # its signature and a key
    for _ in range(_MOST):
        header = document.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        _, kind, length = _HEADER.unpack(header)
        if kind in (_ATTACHMENT, _CONTENT):
            search.add(ContentFinding.ATTACHMENT, "other files are attached to it")
        if kind == _TITLE and length <= _LONGEST_NAME:
            inspect_name(document.read(length).rstrip(b"\0").decode("latin-1"), search)
            document.seek(2, io.SEEK_CUR)
        elif kind in (_CONTENT, _PROPERTIES) and length <= _LARGEST:
            content = document.read(length)
            if kind == _PROPERTIES:
                at = content.find(_OBJECT)
                content = content[at + 28 :] if at >= 0 else b""  # its count, its length and the class of its interface
            if content:
                search.inspect_embedded(content, depth)
            document.seek(2, io.SEEK_CUR)  # a checksum
        else:
            document.seek(length + 2, io.SEEK_CUR)
