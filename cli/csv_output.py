"""Results as comma-separated values, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from contracts.plain_text import escape_invisible

_FORMULA: Final = ("=", "+", "-", "@")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as RFC 4180 has it. No stranger's text in it is a formula or has anything invisible."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = escape_invisible(value)
    # A spreadsheet takes such a cell for a formula; an apostrophe makes it text.
    # https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{text}" if text.startswith(_FORMULA) else text
