"""Office documents in one XML file: Word and Excel 2003, flat Office Open XML, flat OpenDocument."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from adapters.content.markup import MarkupError
from adapters.content.office.elements import Elements
from adapters.content.office.hidden import Hidden
from adapters.content.office.labels import Labels
from adapters.content.search import KIBIBYTE, MEBIBYTE, Search
from compliance.content import ContentFinding

_PIECE: Final = 256 * KIBIBYTE
_LARGEST: Final = 64 * MEBIBYTE
_PROGRAMS: Final = {
    b"http://schemas.microsoft.com/office/word/2003/wordml": "word",
    b"http://schemas.microsoft.com/office/word/2003/2/wordml": "word",
    b"urn:schemas-microsoft-com:office:spreadsheet": "excel",
    b"schemas.microsoft.com/office/2006/xmlPackage": "package",
    b"urn:oasis:names:tc:opendocument:xmlns:office": "opendocument",
    b"urn:schemas-microsoft-com:office:powerpoint": "powerpoint",
}
_PROGID: Final = re.compile(rb"""progid\s*=\s*["'](Word|Excel|PowerPoint)\.""")
_BEGINNING: Final = 4 * KIBIBYTE


def flat_program(beginning: bytes) -> str | None:
    """Return the program whose document this XML is, by its first bytes; None if it is another XML or none at all."""
    text = beginning[:_BEGINNING].replace(b"\0", b"")
    if b"<" not in text[:64]:
        return None
    if named := _PROGID.search(text):
        return named[1].decode().lower()
    return next((program for space, program in _PROGRAMS.items() if space in text), None)


def inspect_flat(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect an Office document in one XML file."""
    hidden, labels = Hidden(), Labels()
    elements, read = Elements(depth, search, hidden, labels, flat=True), 0
    document.seek(0)
    try:
        while (piece := document.read(_PIECE)) and read < _LARGEST:
            read += len(piece)
            elements.feed(piece)
    except MarkupError:
        search.add(ContentFinding.NOT_INSPECTED, "it is no well-formed XML, or declares entities")
    hidden.report(search)
    labels.report(search)
