"""Whether a document's bytes are what its name and its declared content type say.

Who belies its name is rejected without anybody being asked, so only a clear contradiction counts: an extension or type
that is not listed here claims nothing, and a reviewer looks at the document. Why no library does this:
docs/decisions/0006-file-types-by-their-signatures.md.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from adapters.content.signatures import COMPOUND_FILE, PDF, ZIP

# A file's first entries, by the local headers that precede them: section 4.3.7 of
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_ENTRY: Final = re.compile(rb"PK\x03\x04.{22}(..)..", re.DOTALL)
_OFFICE_FOLDERS: Final = frozenset({b"word", b"xl", b"ppt"})
_OFFICE_ROOT: Final = frozenset({b"[Content_Types].xml", b"_rels", b"docProps", b"customXml"})

# What text consists of, as file(1) has it (src/encoding.c), and the end mark of DOS.
_NEVER_IN_TEXT: Final = frozenset(range(32)) - frozenset(b"\a\b\t\n\v\f\r\x1a\x1b")
# The longer marks first: the mark of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def extension_of(name: str) -> str:
    """The extension as programs go by it: in lower case, with its dot; empty where there is none."""
    return PurePosixPath(name.rstrip(" .")).suffix.lower()


def claims_a_type(name: str) -> bool:
    """Whether the extension promises something that the bytes can keep or break."""
    return extension_of(name) in _LOOKS_RIGHT


def belies_its_name(name: str, beginning: bytes) -> bool:
    """Whether the first bytes of a document contradict its extension."""
    looks_right = _LOOKS_RIGHT.get(extension_of(name))
    return looks_right is not None and not looks_right(beginning)


def belies_its_type(declared: str | None, beginning: bytes) -> bool:
    """Whether the first bytes of a document contradict the content type that its uploader declared."""
    declared = (declared or "").partition(";")[0].strip().lower()
    if declared.startswith("text/") and declared not in _DECLARED:
        return not _is_text(beginning)
    extension = _DECLARED.get(declared)
    return extension is not None and not _LOOKS_RIGHT[extension](beginning)


def _begins_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda beginning: beginning.startswith(signatures)


def _is_pdf(beginning: bytes) -> bool:
    # Readers skip what precedes the header; no more is accepted here than what editors and mailers leave behind.
    return beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(PDF)


def _is_webp(beginning: bytes) -> bool:
    return beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP"


def _is_text(beginning: bytes) -> bool:
    for mark, encoding in _MARKS:
        if beginning.startswith(mark):
            # The cut may have halved the last character, so errors say nothing.
            beginning = beginning.decode(encoding, errors="ignore").encode()
            break
    return _NEVER_IN_TEXT.isdisjoint(beginning)


def _is_office(beginning: bytes, folder: bytes) -> bool:
    """Office Open XML of one application; with a password, it is wrapped in a compound file ([MS-OFFCRYPTO])."""
    if beginning.startswith(COMPOUND_FILE):
        return True
    roots = {_entry(beginning, header).partition(b"/")[0] for header in _ENTRY.finditer(beginning)}
    return folder in roots or (bool(roots & _OFFICE_ROOT) and not roots & _OFFICE_FOLDERS)


def _entry(beginning: bytes, header: re.Match[bytes]) -> bytes:
    return beginning[header.end() : header.end() + int.from_bytes(header[1], "little")]


_LOOKS_RIGHT: Final[Mapping[str, Callable[[bytes], bool]]] = {
    extension: looks_right
    for extensions, looks_right in (
        (".txt .csv .tsv .md .json .xml .html .htm .svg .yaml .yml .log .rst", _is_text),
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

# Not listed: types that programs declare of anything, as browsers declare application/vnd.ms-excel of a .csv.
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
