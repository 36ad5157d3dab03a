"""`devhost clock`: the host's time."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer
from rich.console import Console

from devhost.commands.host_call import DEFAULT_STATE, State, call
from devhost.http_names import ADVANCE_PATH, CLOCK_PATH

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

clock_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The host's clock: real time plus all advances."
)
_console = Console()


@clock_cli.command()
def advance(
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="Such as 90s, 30m, 72h, 1h30m or 7d.")],
    state: State = DEFAULT_STATE,
) -> None:
    """Move host time forward, running all that becomes due, and return when it is done."""
    _show(call(state, "POST", ADVANCE_PATH, {"seconds": parse_duration(duration)}))


@clock_cli.command()
def show(state: State = DEFAULT_STATE) -> None:
    """Print the host's time."""
    _show(call(state, "GET", CLOCK_PATH))


def parse_duration(text: str) -> float:
    """Parse a duration such as `72h` or `1h30m` into seconds. Raises typer.BadParameter."""
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise typer.BadParameter(f"{text!r} is not a duration such as 90s, 30m, 72h, 1h30m or 7d")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _show(answer: Any) -> None:
    _console.print(f"Host time is {answer['now']}, {answer['offsetSeconds']:,.0f} s ahead of real time.")
