"""The ZIP file of an Office document: Office Open XML and OpenDocument, by their parts.

The parts: [MS-OFFMACRO2] 2.2.1 and [MS-XLSX] 1.3; https://docs.oasis-open.org/office/OpenDocument/v1.3/ part 2.
"""

from __future__ import annotations

import contextlib
from typing import Final

from adapters.content.markup import MarkupError
from adapters.content.office.binary_workbooks import inspect_records
from adapters.content.office.elements import Elements
from adapters.content.office.hidden import Hidden
from adapters.content.office.labels import Labels
from adapters.content.search import Search
from compliance.content import ContentFinding

_CONTENT_TYPES: Final = "[content_types].xml"
_MACRO_TYPES: Final = (b"vnd.ms-office.vbaproject", b"macrosheet+xml", b"vnd.ms-excel.macrosheet")
_CONTROL_TYPE: Final = b"vnd.ms-office.activex"
_ODF_MANIFEST: Final = "meta-inf/manifest.xml"
_EPUB: Final = "meta-inf/container.xml"
_JAVA: Final = "meta-inf/manifest.mf"
_ENCRYPTED_BY_APPLE: Final = (".iwpv2", ".iwph")  # in Pages, Numbers and Keynote
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def part_name(name: str) -> str:
    """Return the name of a part as programs compare it."""
    return name.lower().replace("\\", "/").lstrip("/")


class Package:
    """An Office document in a ZIP file, judged by its parts. Nothing is found in other ZIP files."""

    def __init__(self, names: set[str], depth: int, search: Search) -> None:
        self._depth, self._search = depth, search
        self._hidden, self._labels = Hidden(), Labels()
        parts = {part_name(name) for name in names}
        self._open_xml = _CONTENT_TYPES in parts
        self._open_document = _ODF_MANIFEST in parts
        self._is_book = _EPUB in parts
        if any(part.endswith(_ENCRYPTED_BY_APPLE) for part in parts):
            search.add(ContentFinding.ENCRYPTED, "it needs a password")
        if _JAVA in parts and any(part.endswith((".class", ".dex")) for part in parts):
            search.add(ContentFinding.EXECUTABLE, "it is a program of Java or Android")
        if self._open_xml and any(_holds_open_xml_macros(part) for part in parts):
            self._add_macros()
        if self._open_document and any(part.startswith(("basic/", "scripts/")) for part in parts):
            self._add_macros()
        if self._open_xml and any("/activex/" in part for part in parts):
            search.add(ContentFinding.ACTIVE_CONTENT, "it holds ActiveX controls")
        if self._open_xml and any("/embeddings/" in part for part in parts):
            search.add(ContentFinding.ATTACHMENT, "other documents are embedded in it")

    @property
    def is_office(self) -> bool:
        """Whether the ZIP file is an Office document."""
        return self._open_xml or self._open_document

    @property
    def is_document(self) -> bool:
        """Whether the ZIP file is a document of any program, whose parts may have any names."""
        return self.is_office or self._is_book

    def inspect_part(self, name: str, content: memoryview, *, is_cut: bool) -> bool:
        """Inspect a part, or the first MiB of it. Returns False if it is none of the parts that describe the document.

        Such a part is a document in the document, or a picture.
        """
        part = part_name(name)
        if self._open_xml and part == _CONTENT_TYPES:
            types = bytes(content).replace(b"\0", b"").lower()  # the XML may be UTF-16
            if any(macro_type in types for macro_type in _MACRO_TYPES):
                self._add_macros()
            if _CONTROL_TYPE in types:
                self._search.add(ContentFinding.ACTIVE_CONTENT, "it holds ActiveX controls")
            return True
        if self._open_document and part == _ODF_MANIFEST:
            if b"encryption-data" in bytes(content).replace(b"\0", b""):
                self._search.add(ContentFinding.ENCRYPTED, "it needs a password")
            return True
        return self.is_office and self._inspect_content(part, content, is_cut)

    def report(self) -> None:
        """Add the findings that belong to all parts together."""
        self._hidden.report(self._search)
        self._labels.report(self._search)

    def _inspect_content(self, part: str, content: memoryview, is_cut: bool) -> bool:
        if part.endswith((".svg", ".html", ".htm", ".mht")):
            return False
        if part.endswith((".xml", ".rels")) or _is_xml(bytes(content[:16])):
            elements = Elements(self._depth, self._search, self._hidden, self._labels)
            with contextlib.suppress(MarkupError):  # no program opens such a part, either
                elements.feed(bytes(content))
            if is_cut and not elements.are_plain:
                self._search.add(ContentFinding.NOT_INSPECTED, "only the first MiB of its text were inspected")
            return True
        if self._open_xml and part.endswith(".bin"):
            return inspect_records(bytes(content), self._hidden, self._search)
        return False

    def _add_macros(self) -> None:
        self._search.add(ContentFinding.MACROS, "it holds macros")


def _is_xml(beginning: bytes) -> bool:
    for mark in _MARKS:
        beginning = beginning.removeprefix(mark)
    return beginning.replace(b"\0", b"").lstrip().startswith(b"<?xml")


def _holds_open_xml_macros(part: str) -> bool:
    return part.endswith("vbaproject.bin") or "/macrosheets/" in part
