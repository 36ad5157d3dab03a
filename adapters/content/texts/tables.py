"""Cells of CSV files that a spreadsheet would run as formulas: https://owasp.org/www-community/attacks/CSV_Injection."""

from __future__ import annotations

import io
import re
from typing import BinaryIO, Final

from adapters.content.search import MEBIBYTE, Search, SearchLimitError
from adapters.content.texts.encoding import decoded
from compliance.content import ContentFinding

EXTENSIONS: Final = (".csv", ".tsv", ".tab")
SYLK: Final = b"ID;"
_LARGEST: Final = 32 * MEBIBYTE
_LARGEST_SYLK: Final = 8 * MEBIBYTE
_SYLK_MACROS: Final = re.compile(r"^O;(?:[^\r\n]*;)?E(?:;|\s*$)|^NN;[^\r\n]*auto_?open", re.MULTILINE | re.IGNORECASE)
_SYLK_COMMAND: Final = re.compile(r"^C;[^\r\n]*;E[^\r\n;]*(?:\||EXEC\(|CALL\()", re.MULTILINE | re.IGNORECASE)
_OVERLAP: Final = 256
# At the beginning of a cell: an equals sign, or another sign that begins a formula, before a call, a link or a command.
_FORMULA: Final = re.compile(
    r"(?:^|[,;\t|\r\n])[ \t]*\"?[ \t]*"
    r"(?:=[ \t]*[^\s=,;\"'|]|=[ \t]*\"\"|[@+\-][ \t+\-]*[A-Za-z_][\w.:]{0,40}(?:\(|\||!)"
    r"|[@+\-][ \t]*\d[^,;\t\r\n\"]{0,40}\|)"
)


def is_table(name: str) -> bool:
    """Return whether spreadsheets open a file of this name as a table."""
    return name.lower().rstrip(" .").endswith(EXTENSIONS)


def inspect_sylk(document: BinaryIO, search: Search) -> None:
    """Inspect the records of a SYLK file, which may hold Excel 4 macros."""
    document.seek(0)
    text = document.read(_LARGEST_SYLK).decode("latin-1")
    if _SYLK_MACROS.search(text):
        search.add(ContentFinding.MACROS, "it holds Excel 4 macros")
    if _SYLK_COMMAND.search(text):
        search.add(ContentFinding.FORMULA, "a spreadsheet runs some of its cells as formulas")


def inspect_table(document: BinaryIO, search: Search) -> None:
    """Inspect the cells of a CSV file. Raises SearchLimitError if it is very large."""
    document.seek(0)
    beginning, at, rest = b"", 0, ""
    encoding = None
    while at < _LARGEST and (piece := document.read(MEBIBYTE)):
        if not beginning:
            beginning = piece[:4096]
            text = decoded(piece)
            encoding = "utf-16-le" if text and len(text) <= len(piece) // 2 + 1 else None
        else:
            text = piece.decode("latin-1") if encoding is None else piece.replace(b"\0", b"").decode("latin-1")
        search.check_time()
        if _FORMULA.search(rest + text):
            search.add(ContentFinding.FORMULA, "a spreadsheet runs some of its cells as formulas")
            return
        at, rest = at + len(piece), text[-_OVERLAP:]
    if document.seek(0, io.SEEK_END) > _LARGEST:
        raise SearchLimitError(f"only the first {_LARGEST // MEBIBYTE} MiB of its cells were looked through")
