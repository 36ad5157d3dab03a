"""Hidden sheets and DDE in the binary parts of workbooks (.xlsb).

The records: [MS-XLSB] 2.3 and 2.4, https://learn.microsoft.com/openspecs/office_file_formats.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from adapters.content.office.hidden import Hidden
from adapters.content.search import Search
from compliance.content import ContentFinding

_BEGIN_LINK, _SHEET, _COMMENT = 360, 156, 635
_BEGINNINGS: Final = (b"\x83\x01\x00", b"\xe8\x02", b"\xf4\x04")  # BrtBeginBook, BrtBeginSupBook, BrtBeginComments
_DDE: Final = 1
_MOST_RECORDS: Final = 100_000


def inspect_records(content: bytes, hidden: Hidden, search: Search) -> bool:
    """Inspect the part of the workbook itself, a link, or comments. Returns False for other parts."""
    if not content.startswith(_BEGINNINGS):
        return False
    for kind, body in _records(content):
        if kind == _SHEET and len(body) >= 4 and struct.unpack_from("<I", body)[0] in (1, 2):
            hidden.found("hidden sheets")
        elif kind == _COMMENT:
            hidden.found("comments")
        elif kind == _BEGIN_LINK and len(body) >= 2 and struct.unpack_from("<H", body)[0] == _DDE:
            search.add(ContentFinding.FORMULA, "a cell or field fetches its value from another program (DDE)")

    return True


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for _ in range(_MOST_RECORDS):
        kind, at = _number(content, at, 2)
        length, at = _number(content, at, 4)
        if at > len(content) or at == 0:
            return
        yield kind, content[at : at + length]
        at += length
        if at >= len(content):
            return


def _number(content: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for place in range(most):
        if at >= len(content):
            return value, len(content) + 1
        value |= (content[at] & 0x7F) << (7 * place)
        at += 1
        if not content[at - 1] & 0x80:
            break
    return value, at
