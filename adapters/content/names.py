"""Names that look like others: characters that reverse or hide letters, and two extensions."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from adapters.content.programs import EXTENSIONS, is_name_of_program
from adapters.content.search import Search
from compliance.content import ContentFinding

# Unicode's controls of direction: embeddings, overrides, isolates and marks.
_DIRECTION: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
# Invisible, but for the joiners, without which emoji and some scripts cannot be written.
_INVISIBLE: Final = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u00ad\u180e\u115f\u1160\u3164\uffa0\u034f")
_TAGS: Final = range(0xE0000, 0xE0080)
_JOINERS: Final = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
_MANY_BLANKS: Final = re.compile(r"\s{4,}\S*\.\w+$")
_DOCUMENTS: Final = frozenset(
    "pdf doc docx docm xls xlsx xlsm ppt pptx pptm rtf odt ods odp txt csv jpg jpeg png gif tif tiff bmp zip html htm "  # noqa: SIM905 a list would take a line for each
    "xml msg eml mp3 mp4".split()
)
# What does harm when it opens by the second of two extensions, besides programs.
_OPENED: Final = EXTENSIONS | {"iso", "img", "vhd", "vhdx", "html", "htm", "svg", "one"}


def why_misleading(name: str) -> str | None:
    """Return why a name, with its folders, may be taken for another one; None if it may not."""
    if _DIRECTION & set(name):
        return "its name has characters that change the direction of letters"
    if _INVISIBLE & set(name) or any(ord(each) in _TAGS for each in name) or _JOINERS.search(name):
        return "its name has characters that cannot be seen"
    path = PurePosixPath(name.rstrip(" ."))
    first, last = path.with_suffix("").suffix, path.suffix
    if last.lower().lstrip(".") in _OPENED and first.strip().lower().lstrip(".") in _DOCUMENTS:
        return "its name has two extensions, of which the last one counts"
    if _MANY_BLANKS.search(path.name):
        return "its name hides its extension behind blanks"
    return None


def inspect_name(name: str, search: Search) -> None:
    """Inspect the name of a file in an archive."""
    if why_misleading(name):
        search.add(ContentFinding.MISLEADING_NAME, "the name of a file in it may be taken for another one")
    if is_name_of_program(name):
        search.add(ContentFinding.EXECUTABLE, "a file in it has the name of a program, a shortcut or a script")
