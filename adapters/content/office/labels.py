"""Sensitivity labels of Microsoft Purview: which one an author has given to a document.

Where they are: https://learn.microsoft.com/information-protection/develop/concept-mip-metadata; [MS-OFFCRYPTO] 2.6.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from typing import Final

from adapters.content.search import Search
from compliance.content import ContentFinding

_LONGEST: Final = 40  # characters of a label's name in a finding
_NAME: Final = re.compile(r"MSIP_Label_[0-9A-Fa-f-]{36}_Name")
_ANY: Final = re.compile(r"MSIP_Label_[0-9A-Fa-f-]{36}_")
_IN_HEADER: Final = re.compile(r"MSIP_Label_[0-9A-Fa-f-]{36}_Name=([^;]*)")
_NARROW, _WIDE = 0x1E, 0x1F  # [MS-OLEPS] 2.15: strings of one and of two bytes a character


class Labels:
    """The labels of one document: `found` with the properties in any order, then `report`."""

    def __init__(self) -> None:
        self._name: str | None = None
        self._labelled = False

    def found(self, name: str, value: str) -> None:
        """Take up a property of a document."""
        if _NAME.fullmatch(name):
            self._name = value
        self._labelled = self._labelled or bool(_ANY.match(name))

    def found_unnamed(self) -> None:
        """Take up a label that has no name in the document."""
        self._labelled = True

    def report(self, search: Search) -> None:
        """Add the finding."""
        if self._labelled:
            add_label(self._name, search)


def add_label(name: str | None, search: Search) -> None:
    """Add the finding of a label, with the first letters of its name."""
    shown = "".join(each if unicodedata.category(each)[0] in "LNPSZ" else " " for each in name or "").strip()
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    text = f"its sensitivity label is “{shown}”" if shown else "it has a sensitivity label, without a name"
    search.add(ContentFinding.SENSITIVITY_LABEL, text)


def label_in_header(header: str, search: Search) -> None:
    """Inspect the header `msip_labels` of a mail."""
    if _ANY.search(header):
        named = _IN_HEADER.search(header)
        add_label(named[1] if named else None, search)


def label_in_properties(content: bytes, search: Search) -> None:
    """Inspect the stream of a compound file in which its author's own properties lie: [MS-OLEPS] 2.21."""
    if b"MSIP_Label_" not in content.replace(b"\0", b""):
        return
    labels = Labels()
    labels.found_unnamed()
    try:
        (at,) = struct.unpack_from("<I", content, 64)  # the second set of properties
        (count,) = struct.unpack_from("<I", content, at + 4)
        places = dict(struct.iter_unpack("<II", content[at + 8 : at + 8 + 8 * min(count, 10_000)]))
        for number, name in _dictionary(content, at + places[0], _is_wide(content, at, places)):
            if number in places:
                labels.found(name, _text(content, at + places[number]))
    except (struct.error, KeyError):
        pass
    labels.report(search)


def _is_wide(content: bytes, at: int, places: dict[int, int]) -> bool:
    return 1 in places and struct.unpack_from("<H", content, at + places[1] + 4)[0] == 1200  # the code page is UTF-16


def _dictionary(content: bytes, at: int, wide: bool) -> list[tuple[int, str]]:
    (count,), at, names = struct.unpack_from("<I", content, at), at + 4, list[tuple[int, str]]()
    for _ in range(min(count, 10_000)):
        number, length = struct.unpack_from("<II", content, at)
        size = length * 2 if wide else length
        names.append((number, _decode(content[at + 8 : at + 8 + size], wide)))
        at += 8 + (-(-size // 4) * 4 if wide else size)
    return names


def _text(content: bytes, at: int) -> str:
    kind, length = struct.unpack_from("<II", content, at)
    if kind not in (_NARROW, _WIDE):
        return ""
    return _decode(content[at + 8 : at + 8 + length * (2 if kind == _WIDE else 1)], kind == _WIDE)


def _decode(raw: bytes, wide: bool) -> str:
    return raw.decode("utf-16-le" if wide else "utf-8", "replace").rstrip("\0")
