"""Tables for people, JSON for programs. What strangers wrote can neither steer a terminal nor pose as markup."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from contracts.plain_text import shown

_WIDTH_OF_A_PIPE: Final = 160


def _console(*, stderr: bool = False) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH_OF_A_PIPE
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


OUT: Final = _console()
ERR: Final = _console(stderr=True)


def moment(at: datetime | None) -> str:
    """A time as people read it, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else "-"


def say(text: str) -> None:
    """Tell people something beside the result, on standard error."""
    ERR.print(text, soft_wrap=True)


def table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """A table of escaped cells; nothing is cut off."""
    drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        drawn.add_column(column, overflow="fold")
    return _filled(drawn, rows)


def facts(named: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one under the other."""
    drawn = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    return _filled(drawn, named)


def _filled(drawn: Table, rows: Iterable[Iterable[object]]) -> Table:
    for row in rows:
        drawn.add_row(*("-" if cell is None else shown(cell) for cell in row))
    return drawn


def print_json(output: BaseModel | Sequence[BaseModel] | Mapping[str, object], *, one_line: bool = False) -> None:
    """Print a result for programs. Pure ASCII, so that nothing in it can steer a terminal either."""
    plain = list(map(_plain, output)) if isinstance(output, Sequence) else _plain(output)
    typer.echo(json.dumps(plain, indent=None if one_line else 2))


def _plain(output: BaseModel | Mapping[str, object]) -> object:
    return output.model_dump(mode="json", by_alias=True) if isinstance(output, BaseModel) else output
