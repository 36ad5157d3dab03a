"""Office Open XML and OpenDocument: macros, controls and passwords, by the parts of the ZIP file that hold them.

The parts: [MS-OFFMACRO2] 2.2.1 and [MS-XLSX] 1.3; https://docs.oasis-open.org/office/OpenDocument/v1.3/ part 2.
Not found: Excel 4.0 macros of binary workbooks (.xlsb), which lie among the cells.
"""

from __future__ import annotations

from typing import Final

from adapters.content.search import Search
from compliance.content import ContentFinding

_CONTENT_TYPES: Final = "[content_types].xml"
_MACRO_TYPES: Final = (b"vnd.ms-office.vbaproject", b"macrosheet+xml")
_ODF_MANIFEST: Final = "meta-inf/manifest.xml"


class Package:
    """The ZIP file of an Office document, by the names of its parts; any other ZIP file holds none of these names."""

    def __init__(self, names: set[str], search: Search) -> None:
        self._search = search
        parts = {name.lower().replace("\\", "/").lstrip("/") for name in names}
        self._open_xml = _CONTENT_TYPES in parts
        self._open_document = _ODF_MANIFEST in parts
        if self._open_xml and any(_holds_open_xml_macros(part) for part in parts):
            self._macros()
        if self._open_document and any(part.startswith(("basic/", "scripts/")) for part in parts):
            self._macros()
        if self._open_xml and any("/activex/" in part for part in parts):
            search.found(ContentFinding.ACTIVE_CONTENT, "it holds ActiveX controls")

    def inspect_part(self, name: str, content: memoryview) -> None:
        """What a part says of the others, whatever they are called."""
        part = name.lower().lstrip("/")
        if self._open_xml and part == _CONTENT_TYPES:
            # As UTF-16 too, which XML may be written in.
            said = bytes(content).replace(b"\0", b"").lower()
            if any(macro_type in said for macro_type in _MACRO_TYPES):
                self._macros()
        elif self._open_document and part == _ODF_MANIFEST and b"encryption-data" in bytes(content):
            self._search.found(ContentFinding.ENCRYPTED, "it needs a password")

    def _macros(self) -> None:
        self._search.found(ContentFinding.MACROS, "it holds macros")


def _holds_open_xml_macros(part: str) -> bool:
    return part.endswith("vbaproject.bin") or "/macrosheets/" in part
