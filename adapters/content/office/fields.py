"""What a field of a word processor does: whether it starts a program or fetches something."""

from __future__ import annotations

import re
from typing import Final

from adapters.content.search import Search
from compliance.content import ContentFinding

# ISO 29500-1, 17.16.5, and [MS-DOC] 2.9.90.
_ACTING: Final = re.compile(r"DDE(AUTO)?\b", re.IGNORECASE)
_FETCHING: Final = re.compile(r"(LINK|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|DATABASE|RD)\b", re.IGNORECASE)
_QUOTE: Final = re.compile(r"\s*QUOTE((?:\s+\d{1,3})+)", re.IGNORECASE)


def inspect_field(instruction: str, search: Search) -> None:
    """Inspect a field's instruction, such as ` PAGE `."""
    text = instruction.strip(' "\t\r\n')
    if _ACTING.match(text):
        search.add(ContentFinding.FORMULA, "a field starts another program (DDE)")
    elif _FETCHING.match(text):
        search.add(ContentFinding.EXTERNAL_CONTENT, "a field fetches text, pictures or data from elsewhere")


def result_of(instruction: str) -> str:
    """Return the text that a field stands for within another one: of QUOTE its characters, which may spell a word."""
    if quote := _QUOTE.match(instruction):
        return "".join(chr(int(each)) for each in quote[1].split())
    return ""
