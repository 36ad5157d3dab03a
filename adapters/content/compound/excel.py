"""Passwords, macro sheets, hidden sheets and links in workbooks up to Excel 2003, by their records.

The records: [MS-XLS] 2.4; those of Excel 2 to 5 are described in https://www.openoffice.org/sc/excelfileformat.pdf.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from adapters.content.search import Search
from compliance.content import ContentFinding

_FILE_PASS, _BOUND_SHEET, _SUP_BOOK, _EXTERN_SHEET, _NOTE = 0x2F, 0x85, 0x1AE, 0x17, 0x1C
_BOF: Final = (0x809, 0x409, 0x209, 0x009)  # Excel 5 and later, 4, 3, 2
_MACRO_SHEETS: Final = (1, 6)  # of BOUNDSHEET: Excel 4 macros, Visual Basic modules of Excel 5
_MACRO_SHEET: Final = 0x40  # of BOF
_OWN: Final = (0x0401, 0x3A01)  # 2.4.271: the workbook itself, an add-in
_MOST_RECORDS: Final = 200_000


def inspect_workbook(content: bytes, search: Search) -> None:
    """Inspect the records of a workbook."""
    hidden: set[str] = set()
    for kind, body in _records(content):
        if kind == _FILE_PASS:
            search.add(ContentFinding.ENCRYPTED, "it needs a password")
            return
        if kind in _BOF and len(body) >= 4 and body[2] == _MACRO_SHEET and body[3] == 0:
            search.add(ContentFinding.MACROS, "it holds Excel 4 macros")
        elif kind == _BOUND_SHEET and len(body) >= 6:
            if body[5] in _MACRO_SHEETS:
                search.add(ContentFinding.MACROS, "it holds Excel 4 macros" if body[5] == 1 else "it holds macros")
            if body[4] & 3:
                hidden.add("hidden sheets")
        elif kind == _SUP_BOOK and len(body) > 4:
            _inspect_link(body, search)
        elif kind == _EXTERN_SHEET and 1 < len(body) == body[0] + 2 and body[1] == 1:
            _link(body[2:].decode("latin-1"), search)
        elif kind == _NOTE:
            hidden.add("comments")
    if hidden:
        search.add(ContentFinding.HIDDEN_MATTER, f"it holds {' and '.join(sorted(hidden))}")


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_MOST_RECORDS):
        if at + 4 > len(content):
            return
        kind, length = struct.unpack_from("<HH", content, at)
        yield kind, content[at + 4 : at + 4 + length]
        at += 4 + length


def _inspect_link(body: bytes, search: Search) -> None:
    _, count = struct.unpack_from("<HH", body)
    if count in _OWN:
        return
    wide = body[4] & 1
    path = body[5 : 5 + count * (1 + wide)].decode("utf-16-le" if wide else "latin-1", "replace")
    _link(path.removeprefix("\x01"), search)


def _link(path: str, search: Search) -> None:
    """Judge the path of another workbook or, with a separator of its own, of a program."""
    if "\x03" in path.strip("\x03") and not path.startswith(("\x01", "\x02")):
        search.add(ContentFinding.FORMULA, "a cell fetches its value from another program (DDE or OLE)")
    elif path.strip("\x00\x02\x03\x04\x20"):
        search.add(ContentFinding.EXTERNAL_CONTENT, "it takes values from other workbooks")
