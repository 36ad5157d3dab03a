"""Objects, fields and templates in RTF.

The format: Rich Text Format Specification 1.9.1; objects: [MS-OLEDS] 2.2.
"""

from __future__ import annotations

import io
import re
from typing import BinaryIO, Final

from adapters.content.compound.attachments import inspect_packed
from adapters.content.office.fields import inspect_field
from adapters.content.search import MEBIBYTE, Search, SearchLimitError
from adapters.content.signatures import COMPOUND_FILE
from compliance.content import ContentFinding

RTF: Final = b"{\\rt"  # Word needs no more
_LARGEST: Final = 64 * MEBIBYTE
_LARGEST_OBJECT: Final = 8 * MEBIBYTE
_TEMPLATE: Final = re.compile(rb"\\\*\s*\\template\s*([^{}]{1,400})")
_LINK: Final = re.compile(rb"\\obj(autlink|link)\b")
_OBJECT: Final = re.compile(rb"\\objdata\b|\\objemb\b|\\objocx\b")
_DATA: Final = re.compile(rb"\\objdata\b")
_FIELD: Final = re.compile(rb"\\fldinst\b(.{0,800})", re.DOTALL)
_CONTROL: Final = re.compile(rb"\\\*|\\[a-z]+-?\d* ?|[{}\r\n]", re.IGNORECASE)
_CHARACTER: Final = re.compile(rb"\\'([0-9a-f]{2})", re.IGNORECASE)
_ELSEWHERE: Final = re.compile(rb"https?:|ftp:|\\\\|//", re.IGNORECASE)
_NOT_HEX: Final = re.compile(rb"[^0-9a-fA-F]+")
_CHANGES: Final = re.compile(rb"\\(revised|deleted)(?![a-z0])")
_COMMENT: Final = re.compile(rb"\\\*\s*\\annotation\b")
_NATIVE: Final = re.compile(rb"Package\0", re.IGNORECASE)


def inspect_rtf(document: BinaryIO, depth: int, search: Search) -> None:
    """Inspect an RTF document. Raises SearchLimitError, BombError."""
    if document.seek(0, io.SEEK_END) > _LARGEST:
        raise SearchLimitError(f"RTF of more than {_LARGEST // MEBIBYTE} MiB is not looked through")
    document.seek(0)
    text = b"".join(iter(lambda: document.read(MEBIBYTE), b""))
    for template in _TEMPLATE.finditer(text):
        if _ELSEWHERE.search(_plain(template[1])):
            search.add(ContentFinding.EXTERNAL_CONTENT, "its template lies elsewhere")
    if _LINK.search(text):
        search.add(ContentFinding.EXTERNAL_CONTENT, "it shows an object from elsewhere")
    if _OBJECT.search(text):
        search.add(ContentFinding.ATTACHMENT, "other documents are embedded in it")
    for field in _FIELD.finditer(text):
        inspect_field(_plain(field[1].partition(b"\\fldrslt")[0]).decode("latin-1"), search)
    hidden = [name for name, found in (("comments", _COMMENT), ("tracked changes", _CHANGES)) if found.search(text)]
    if hidden:
        search.add(ContentFinding.HIDDEN_MATTER, f"it holds {' and '.join(hidden)}")
    places = [found.end() for found in _DATA.finditer(text)]
    for place in places[:1000]:
        search.check_time()
        _inspect_object(text[place : place + 2 * _LARGEST_OBJECT], depth, search)


def _plain(raw: bytes) -> bytes:
    """Return a text without its control words."""
    raw = raw.replace(b"\\\\", b"\0")
    text = _CONTROL.sub(b"", _CHARACTER.sub(lambda match: bytes.fromhex(match[1].decode()), raw))
    return text.replace(b"\0", b"\\")


def _inspect_object(text: bytes, depth: int, search: Search) -> None:
    """Inspect the data of an object: hexadecimal digits, among which programs skip everything else."""
    data = _DATA.split(text.partition(b"}{")[0] if b"\\bin" not in text[:200] else text, 1)[0]
    digits = _NOT_HEX.sub(b"", _CONTROL.sub(b"", data.partition(b"}")[0]))
    content = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())[:_LARGEST_OBJECT]
    at = content.find(COMPOUND_FILE)
    if at >= 0:
        search.inspect_embedded(content[at:], depth)
    elif packed := _NATIVE.search(content):
        inspect_packed(content[packed.end() + 8 :], depth, search)
