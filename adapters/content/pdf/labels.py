"""Sensitivity labels of PDF documents: entries of the dictionary with their author and title."""

from __future__ import annotations

import re
from typing import Final

from adapters.content.office.labels import Labels
from adapters.content.pdf.names import text_values
from adapters.content.search import Search

LABEL: Final = b"MSIP_Label_"
_NAME: Final = re.compile(rb"/(MSIP_Label_[0-9A-Fa-f-]{36}_[A-Za-z]{1,40})")
_VALUE: Final = re.compile(rb"\s*(?:\(((?:\\.|[^()\\]){0,400})\)|<([0-9A-Fa-f\s]{0,800})>)", re.DOTALL)


def inspect_labels(content: bytes, search: Search, is_plain: bool) -> None:
    """Inspect an object whose names are written plainly; its strings are read if they are not encrypted."""
    labels = Labels()
    for name in _NAME.finditer(content):
        value = _VALUE.match(content, name.end()) if is_plain else None
        text = next(text_values(_VALUE, value[0])) if value else ""
        labels.found(name[1].decode(), text)
    labels.report(search)
