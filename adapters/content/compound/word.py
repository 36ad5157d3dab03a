"""Passwords, fields and comments of documents up to Word 2003.

The format: [MS-DOC] 2.5, https://learn.microsoft.com/openspecs/office_file_formats.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from adapters.content.office.fields import inspect_field
from adapters.content.search import Search
from compliance.content import ContentFinding

_FLAGS: Final = 10  # 2.5.2, of FibBase
_ENCRYPTED: Final = 0x0100
_WORD_97: Final = 0x00C1
_COMMENTS: Final = 190  # 2.5.6, lcbPlcfandRef
_NAMES: Final = 0x19A  # 2.5.6, fcSttbfAssoc and its length
_WHICH_TABLE: Final = 0x0200
_LINKED: Final = re.compile(r"(?:https?|ftps?|file):|\\\\|//", re.IGNORECASE)
_FIELD: Final = re.compile(rb"\x13[^\x13-\x15]{1,400}")
_WIDE_FIELD: Final = re.compile(rb"\x13\0(?:[^\x13-\x15]\0){1,400}")


def table_of(content: bytes) -> str:
    """Return the name of the stream in which further tables of a document lie."""
    flags = struct.unpack_from("<H", content, _FLAGS)[0] if len(content) > _FLAGS + 2 else 0
    return "1Table" if flags & _WHICH_TABLE else "0Table"


def inspect_template(content: bytes, table: bytes, search: Search) -> None:
    """Inspect which template a document has: 2.9.273, SttbfAssoc."""
    if len(content) < _NAMES + 8 or struct.unpack_from("<H", content, 2)[0] < _WORD_97:
        return
    at, length = struct.unpack_from("<II", content, _NAMES)
    names = table[at : at + length]
    place = 6  # a mark, their count and the size of more data
    for number in range(2):
        if len(names) < place + 2:
            return
        count = 2 * struct.unpack_from("<H", names, place)[0]
        if number == 1 and _LINKED.match(names[place + 2 : place + 2 + count].decode("utf-16-le", "replace")):
            search.add(ContentFinding.EXTERNAL_CONTENT, "its template lies elsewhere")
        place += 2 + count


def inspect_letter(content: bytes, search: Search) -> None:
    """Inspect the stream `WordDocument`."""
    if len(content) < 32:
        return
    if struct.unpack_from("<H", content, _FLAGS)[0] & _ENCRYPTED:
        search.add(ContentFinding.ENCRYPTED, "it needs a password")
        return
    version = struct.unpack_from("<H", content, 2)[0]
    if version >= _WORD_97 and content[_COMMENTS : _COMMENTS + 4].strip(b"\0"):
        search.add(ContentFinding.HIDDEN_MATTER, "it holds comments")
    for field in _FIELD.finditer(content):
        inspect_field(field[0][1:].decode("latin-1"), search)
    for field in _WIDE_FIELD.finditer(content):
        inspect_field(field[0][2:].decode("utf-16-le"), search)
