"""Macros, controls and passwords in Office Open XML and OpenDocument, by the parts of the ZIP file that hold them.

The parts: [MS-OFFMACRO2] 2.2.1 and [MS-XLSX] 1.3; https://docs.oasis-open.org/office/OpenDocument/v1.3/ part 2.
Not found: Excel 4.0 macros of binary workbooks (.xlsb), because they lie among the cells.
"""

from __future__ import annotations

from typing import Final

from adapters.content.search import Search
from compliance.content import ContentFinding

_CONTENT_TYPES: Final = "[content_types].xml"
_MACRO_TYPES: Final = (b"vnd.ms-office.vbaproject", b"macrosheet+xml")
_ODF_MANIFEST: Final = "meta-inf/manifest.xml"


class Package:
    """The ZIP file of an Office document, judged by the names of its parts. Other ZIP files have no such names."""

    def __init__(self, names: set[str], search: Search) -> None:
        self._search = search
        parts = {name.lower().replace("\\", "/").lstrip("/") for name in names}
        self._open_xml = _CONTENT_TYPES in parts
        self._open_document = _ODF_MANIFEST in parts
        if self._open_xml and any(_holds_open_xml_macros(part) for part in parts):
            self._add_macros()
        if self._open_document and any(part.startswith(("basic/", "scripts/")) for part in parts):
            self._add_macros()
        if self._open_xml and any("/activex/" in part for part in parts):
            search.add(ContentFinding.ACTIVE_CONTENT, "it holds ActiveX controls")

    def inspect_part(self, name: str, content: memoryview) -> None:
        """Inspect a part that describes the others, which may have any names."""
        part = name.lower().lstrip("/")
        if self._open_xml and part == _CONTENT_TYPES:
            types = bytes(content).replace(b"\0", b"").lower()  # the XML may be UTF-16
            if any(macro_type in types for macro_type in _MACRO_TYPES):
                self._add_macros()
        elif self._open_document and part == _ODF_MANIFEST and b"encryption-data" in bytes(content):
            self._search.add(ContentFinding.ENCRYPTED, "it needs a password")

    def _add_macros(self) -> None:
        self._search.add(ContentFinding.MACROS, "it holds macros")


def _holds_open_xml_macros(part: str) -> bool:
    return part.endswith("vbaproject.bin") or "/macrosheets/" in part
