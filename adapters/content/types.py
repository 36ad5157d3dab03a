"""Comparison of a document's first bytes with its extension and its declared content type.

A document that contradicts its extension is rejected without a reviewer, so only a clear contradiction counts.
An extension or type that is not listed here cannot be contradicted, and a reviewer sees the document. Why no library
does this: docs/decisions/0006-file-types-by-their-signatures.md.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from adapters.content.signatures import COMPOUND_FILE, PDF, ZIP
from adapters.content.texts.encoding import is_text

# A file's first entries, by the local headers that precede them: section 4.3.7 of
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_ENTRY: Final = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_OFFICE_FOLDERS: Final = frozenset({b"word", b"xl", b"ppt"})
_OFFICE_ROOT: Final = frozenset({b"[Content_Types].xml", b"_rels", b"docProps", b"customXml"})


def extension_of(name: str) -> str:
    """Return the extension that programs go by: in lower case, with its dot; empty if there is none."""
    return PurePosixPath(name.rstrip(" .")).suffix.lower()


def is_known_extension(name: str) -> bool:
    """Return whether the first bytes can contradict the extension."""
    return extension_of(name) in _LOOKS_RIGHT


def is_name_of_text(name: str) -> bool:
    """Return whether the extension is that of a text."""
    return extension_of(name) in _TEXTS


def contradicts_extension(name: str, beginning: bytes) -> bool:
    """Return whether the first bytes of a document contradict its extension."""
    looks_right = _LOOKS_RIGHT.get(extension_of(name))
    return looks_right is not None and not looks_right(beginning)


def contradicts_content_type(declared: str | None, beginning: bytes, name: str = "") -> bool:
    """Return whether the first bytes of a document contradict the content type that its uploader declared."""
    extension = declared_extension(declared)
    if extension in _TEXTS and extension_of(name) in _NO_TEXT:
        return False  # a program's table of types, not what anybody has said
    return extension is not None and not _LOOKS_RIGHT[extension](beginning)


def declared_extension(declared: str | None) -> str | None:
    """Return the extension that stands for a declared content type; None if the type claims nothing."""
    declared = (declared or "").partition(";")[0].strip().lower()
    if declared.startswith("text/") and declared not in _DECLARED:
        # Tables of types call binary files text, too: .dot is text/vnd.graphviz, .ts text/vnd.trolltech.linguist.
        return None if declared.startswith(("text/vnd.", "text/x-")) else ".txt"
    return _DECLARED.get(declared)


def _begins_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda beginning: beginning.startswith(signatures)


def _is_pdf(beginning: bytes) -> bool:
    # Readers skip anything before the header; here only the remains of editors and mail programs are skipped.
    return beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(PDF)


def _is_webp(beginning: bytes) -> bool:
    return beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP"


def _is_office(beginning: bytes, folder: bytes) -> bool:
    """Return whether this is Office Open XML of one application, or a compound file, its form with a password.

    [MS-OFFCRYPTO]
    """
    if beginning.startswith(COMPOUND_FILE):
        return True
    roots = {_entry(beginning, header).partition(b"/")[0] for header in _ENTRY.finditer(beginning)}
    return folder in roots or (bool(roots & _OFFICE_ROOT) and not roots & _OFFICE_FOLDERS)


def _entry(beginning: bytes, header: re.Match[bytes]) -> bytes:
    return beginning[header.end() : header.end() + int.from_bytes(header[1], "little")]


_LOOKS_RIGHT: Final[Mapping[str, Callable[[bytes], bool]]] = {
    extension: looks_right
    for extensions, looks_right in (
        (".txt .csv .tsv .md .json .xml .html .htm .svg .yaml .yml .log .rst", is_text),
        (".pdf", _is_pdf),
        (".docx .docm .dotx .dotm", partial(_is_office, folder=b"word")),
        (".xlsx .xlsm .xlsb .xltx .xltm", partial(_is_office, folder=b"xl")),
        (".pptx .pptm .potx .potm .ppsx .ppsm", partial(_is_office, folder=b"ppt")),
        (".odt .ods .odp .odg .epub .zip", _begins_with(*ZIP)),
        (".doc .xls .ppt .msg", _begins_with(COMPOUND_FILE)),
        (".rtf", _begins_with(b"{\\rtf")),
        (".png", _begins_with(b"\x89PNG\r\n\x1a\n")),
        (".jpg .jpeg .jpe .jfif", _begins_with(b"\xff\xd8\xff")),
        (".gif", _begins_with(b"GIF87a", b"GIF89a")),
        (".bmp", _begins_with(b"BM")),
        (".tif .tiff", _begins_with(b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")),
        (".webp", _is_webp),
    )
    for extension in extensions.split()
}

_TEXTS: Final = frozenset(extension for extension, looks_right in _LOOKS_RIGHT.items() if looks_right is is_text)
# Those that are no texts, whatever the types that programs declare for them.
_NO_TEXT: Final = frozenset(_LOOKS_RIGHT).difference(_TEXTS) | {
    *(".gz", ".tgz", ".bz2", ".xz", ".zst", ".z", ".7z", ".rar", ".tar"),
    *(".dot", ".pot", ".xlt", ".pps", ".vsd", ".pub", ".mpp", ".one", ".p7m"),
    *(".a", ".ts", ".mts"),  # archives of programs and films, which some tables of types call texts
}

# Not listed: types that programs declare for other files too, as browsers declare application/vnd.ms-excel for a .csv.
_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument."
_DECLARED: Final[Mapping[str, str]] = {
    "application/json": ".json",
    "application/xml": ".xml",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    _OPEN_XML + "wordprocessingml.document": ".docx",
    _OPEN_XML + "spreadsheetml.sheet": ".xlsx",
    _OPEN_XML + "presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/webp": ".webp",
}
