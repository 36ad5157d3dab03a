"""Tables for people, JSON for programs. No stranger's text can control the terminal or act as markup."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from textwrap import fill
from typing import TYPE_CHECKING, Final, TextIO, TypeAlias

import click

from cli.local_time import LocalTime, utc
from contracts.plain_text import escape_invisible

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_Object: TypeAlias = "BaseModel | Mapping[str, object]"
_WIDTH_OF_A_PIPE: Final = 160
_LONGEST_WHOLE: Final = 25  # characters: a time with its mark


@cache
def out() -> Console:
    """Return the console for results."""
    return _console(stderr=False)


@cache
def err() -> Console:
    """Return the console for remarks and progress, on standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_A_PIPE
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


def moment(at: datetime | None) -> str:
    """Return a time of the result: where people are in a terminal, in UTC in a pipe; "-" for None."""
    if at is None:
        return "-"
    return LocalTime.here().stamp(at) if sys.stdout.isatty() else str(utc(at))


def print_lines(draw: Callable[[int | None], Iterable[Text]]) -> None:
    """Print what `draw` makes for a terminal of some width, or with None for a pipe, in colours if they are shown."""
    if not sys.stdout.isatty():
        for line in draw(None):
            click.echo(line.plain)  # the console would turn its tabs into blanks
        return
    console = out()
    for line in draw(console.width):
        console.print(line, soft_wrap=True)


def print_in_terminal(text: str) -> None:
    """Print a remark below a result, unless it goes into a pipe."""
    if sys.stdout.isatty():
        print_line(text)


def print_line(text: str) -> None:
    """Print a line of the result."""
    click.echo(fitted(escape_invisible(text), sys.stdout))


def say(text: str, *, keep_lines: bool = False) -> None:
    """Print a remark beside the result, on standard error."""
    click.echo(fitted(escape_invisible(text, keep_lines=keep_lines), sys.stderr), err=True)


def fitted(text: str, stream: TextIO) -> str:
    """Return a text broken between words where the terminal of this stream would break it anywhere.

    Further lines are indented like the first.
    """
    if not stream.isatty():
        return text
    width = os.get_terminal_size(stream.fileno()).columns or _WIDTH_OF_A_PIPE
    return "\n".join(_filled(line, width) for line in text.split("\n"))


def _filled(line: str, width: int) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))]
    return fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def print_table(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table; in a pipe a row is one line, without headings and with tabs."""
    if sys.stdout.isatty():
        out().print(table(columns, rows))
        return
    for row in rows:
        click.echo("\t".join(map(_cell, row)))


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """Return a table of escaped cells; nothing is cut off.

    A first column of ids or times is not wrapped, so that they can be read and copied.
    """
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    cells = [list(map(_cell, row)) for row in rows]
    for number, column in enumerate(columns):
        whole = number == 0 and all(len(row[0]) <= _LONGEST_WHOLE for row in cells)
        drawn.add_column(column, overflow="fold", no_wrap=whole)
    for row in cells:
        drawn.add_row(*row)
    return drawn


def print_facts(named: Iterable[tuple[str, object]]) -> None:
    """Print names and values, one under the other; in a pipe with a tab between them."""
    if sys.stdout.isatty():
        out().print(_facts(named))
        return
    for each in named:
        click.echo("\t".join(map(_cell, each)))


def _facts(named: Iterable[tuple[str, object]]) -> Table:
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    for name, value in named:
        drawn.add_row(_cell(name), _cell(value))
    return drawn


def _cell(value: object) -> str:
    return "-" if value is None else escape_invisible(value)


def print_json(output: _Object | Sequence[_Object], *, one_line: bool = False) -> None:
    """Print a result for programs. It is pure ASCII, so it cannot control a terminal either."""
    plain = list(map(_plain, output)) if isinstance(output, Sequence) else _plain(output)
    click.echo(json.dumps(plain, indent=None if one_line else 2))


def _plain(output: _Object) -> object:
    return output if isinstance(output, Mapping) else output.model_dump(mode="json", by_alias=True)
