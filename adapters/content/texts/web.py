"""Scripts and foreign content in HTML and SVG, which browsers run and show.

By patterns, because browsers read what no parser of XML does: https://html.spec.whatwg.org/#parsing.
"""

from __future__ import annotations

import html
import re
from typing import BinaryIO, Final

from adapters.content.search import KIBIBYTE, MEBIBYTE, Search
from adapters.content.texts.encoding import decoded
from compliance.content import ContentFinding

_LARGEST: Final = 16 * MEBIBYTE
_TAGS: Final = re.compile(
    rb"<(?:!doctype\s+(?:html|svg)|html|head|body|svg|script|meta|title|table|iframe|div|\w{1,20}:svg)[\s>/]",
    re.IGNORECASE,
)
_SCRIPT: Final = re.compile(r"<(?:\w{1,20}:)?script[\s>/]", re.IGNORECASE)
_EVENT: Final = re.compile(r"<[a-z][^<>]{0,4000}?[\s/\"']on[a-z]{3,30}\s*=\s*[\"'\w]", re.IGNORECASE)
_LINK: Final = re.compile(
    r"\b(?:href|src|action|formaction|data|srcdoc)\s*=\s*[\"']?\s*(?:j\s*a\s*v\s*a\s*s\s*c\s*r\s*i\s*p\s*t|vbscript)\s*:",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(
    r"<(?:img|image|iframe|frame|embed|object|video|audio|source|use|input|feimage|script|link)\b[^<>]{0,2000}?"
    r"\s(?:src|href|data|xlink:href|srcset|poster)\s*=\s*[\"']?\s*(?:https?:)?//",
    re.IGNORECASE,
)
_STYLE: Final = re.compile(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", re.IGNORECASE)
_REFRESH: Final = re.compile(
    r"<meta\b[^<>]{0,400}http-equiv\s*=\s*[\"']?refresh[^<>]{0,400}url\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE
)
_NOT_SHOWN: Final = re.compile(r"""<link\b(?![^<>]*\brel\s*=\s*["']?(?:stylesheet|import|preload))""", re.IGNORECASE)
_BEGINNING: Final = 4 * KIBIBYTE


def is_web_page(beginning: bytes) -> bool:
    """Return whether a text begins as HTML or SVG does."""
    start = beginning[:_BEGINNING].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"<") and bool(_TAGS.search(start))


def inspect_web_page(document: BinaryIO, search: Search) -> None:
    """Inspect the first MiB of HTML or SVG."""
    document.seek(0)
    content = b"".join(iter(lambda: document.read(MEBIBYTE), b"")) if document.seek(0, 2) <= _LARGEST else b""
    document.seek(0)
    text = decoded(content or document.read(MEBIBYTE))
    search.check_time()
    plain = html.unescape(text) if "&#" in text or "&Tab" in text or "&New" in text else text
    if _SCRIPT.search(text) or _EVENT.search(text) or _LINK.search(plain):
        search.add(ContentFinding.ACTIVE_CONTENT, "it holds scripts that a browser runs")
    foreign = any(not _NOT_SHOWN.match(found[0]) for found in _FOREIGN.finditer(text))
    if foreign or _STYLE.search(text) or _REFRESH.search(text):
        search.add(ContentFinding.EXTERNAL_CONTENT, "it shows or runs files from elsewhere")
