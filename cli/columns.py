"""Lines of text: facts with their labels, and rows of columns, for a terminal of some width or for a pipe.

In a terminal words are wrapped and no word is cut, so an id can be copied. In a pipe a row is one line with tabs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from contracts.plain_text import escape_invisible

NARROW: Final = 100  # columns; below that, names of classes and people are shortened, too
LONGEST_NAME: Final = 18  # of a person, there
_GAP: Final = 2
_ELLIPSIS: Final = "…"
_NARROWEST: Final = 12  # characters to which a long text is shortened at most
_WRAPPED: Final = 40  # characters from which on the last column is rather wrapped than another one shortened

Cell = Text | str | None


def fact_lines(facts: Iterable[tuple[str, Cell]], width: int | None) -> Iterator[Text]:
    """Yield each fact that is not empty, with its label before it; lines are at most `width` long if words are.

    A value with a word that does not fit beside its label begins on a line of its own.
    """
    known = [(label, _escaped(value)) for label, value in facts if value]
    indent = max((cell_len(label) for label, _ in known), default=0) + _GAP
    for label, value in known:
        room = None if width is None else width - indent
        if room is None or _longest_word(value) <= room:
            first, *rest = _wrapped(value, room)
            yield Text.assemble((label.ljust(indent), "bold"), first)
            yield from (Text(" " * indent) + line for line in rest)
        else:
            yield Text(label, "bold")
            yield value


def row_lines(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], width: int | None, *, shortened: int | None = None
) -> Iterator[Text]:
    """Yield a line for each row, below a line of headings in a terminal; the last column alone is wrapped.

    If a row is too long for a terminal, the column with the index `shortened` loses the middle of its texts.
    """
    cells = [[_escaped(cell) for cell in row] for row in rows]
    if width is None:
        yield from (Text("\t").join(row) for row in cells)
        return
    widths = [max(map(cell_len, (column, *(row[at].plain for row in cells)))) for at, column in enumerate(columns)]
    if shortened is not None:
        over = sum(widths[:-1]) + min(widths[-1], _WRAPPED) + _GAP * (len(widths) - 1) - width
        widths[shortened] = max(min(widths[shortened], _NARROWEST), widths[shortened] - max(over, 0))
        for row in cells:
            row[shortened] = shorten(row[shortened], widths[shortened])
    indent = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    for row in ([Text(column, "bold") for column in columns], *cells):
        first, *rest = _wrapped(row[-1], max(width - indent, _NARROWEST))
        before = [_padded(cell, room + _GAP) for cell, room in zip(row[:-1], widths[:-1], strict=True)]
        line = Text().join([*before, first])
        line.rstrip()
        yield line
        yield from (Text(" " * indent) + line for line in rest)


def wrapped_line(text: str, width: int | None) -> Iterator[Text]:
    """Yield a text of several words as lines."""
    yield from _wrapped(_escaped(text), width)


def shorten(text: Text, width: int) -> Text:
    """Leave out the folders of a long name and then its middle, so that its beginning and its end are still seen."""
    if cell_len(text.plain) <= width:
        return text
    folders, _, name = text.plain.rpartition("/")
    tail = f"{_ELLIPSIS}/{name}" if folders else name
    if cell_len(tail) <= width:
        return Text(tail, text.style)
    head, end = Text(tail), (width - 1) // 3
    head.truncate(width - 1 - end)
    while cell_len(tail) > end:
        tail = tail[1:]
    return Text(f"{head.plain.rstrip()}{_ELLIPSIS}{tail}", text.style)


def _escaped(cell: Cell) -> Text:
    if isinstance(cell, Text):
        return Text(escape_invisible(cell.plain), cell.style)
    return Text(escape_invisible(cell or ""))


def _longest_word(text: Text) -> int:
    return max(map(cell_len, text.plain.split()), default=0)


def _padded(cell: Text, width: int) -> Text:
    return cell + Text(" " * (width - cell_len(cell.plain)))


def _wrapped(text: Text, width: int | None) -> list[Text]:
    """Break a text between words; a word that is too long gets a line of its own, whole."""
    if width is None or cell_len(text.plain) <= width:
        return [text]
    lines: list[str] = []
    for word in text.plain.split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [Text(line, text.style) for line in lines]
