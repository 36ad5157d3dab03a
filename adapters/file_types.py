"""Whether a document's bytes are what its name says."""

from __future__ import annotations

import mimetypes
from functools import cache
from pathlib import PurePosixPath

import puremagic

# Formats without a signature: any text will do, bytes that are not text will not.
_TEXT = frozenset({".txt", ".csv", ".tsv", ".md", ".json", ".xml", ".html", ".htm", ".yaml", ".yml", ".log", ".rst"})
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_NEVER_IN_TEXT = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def belies_its_name(name: str, beginning: bytes) -> bool:
    """Whether the first bytes of a document contradict its extension. An unknown extension claims nothing."""
    extension = PurePosixPath(name).suffix.lower()
    if extension in _TEXT:
        return not _is_text(beginning)
    if extension not in _extensions_with_signature():
        return False
    return extension not in _recognised(extension, beginning)


def _is_text(beginning: bytes) -> bool:
    if beginning.startswith(_UTF_16_MARKS):
        # The cut may have halved the last character, so errors say nothing.
        beginning = beginning.decode("utf-16", errors="ignore").encode()
    return _NEVER_IN_TEXT.isdisjoint(beginning)


def _recognised(extension: str, beginning: bytes) -> set[str]:
    try:
        found = puremagic.magic_string(beginning)
    except (puremagic.PureError, ValueError):  # nothing recognised, or nothing to recognise
        return set()
    expected = mimetypes.guess_type("x" + extension)[0]
    if any(expected == match.mime_type for match in found):
        return {extension}
    return {match.extension for match in found}


@cache
def _extensions_with_signature() -> frozenset[str]:
    headers = (*puremagic.magic_header_array, *puremagic.magic_footer_array)
    return frozenset(entry.extension for entry in headers if entry.extension) | {".docx", ".xlsx", ".pptx"}
