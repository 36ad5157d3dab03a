"""`devhost doctor`: is anything stuck, why, and what to do."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from devhost.commands.host_call import DEFAULT_STATE, State, call
from devhost.http_names import DOCTOR_PATH

_COLOURS = {"stuck": "bold red", "note": "yellow"}
_console = Console()
_console.soft_wrap = not _console.is_terminal  # a terminal would cut words


def doctor(
    state: State = DEFAULT_STATE, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Show what is stuck, why, and what to do. Exit code 1 if something is stuck or the host does not run."""
    findings = call(state, "GET", DOCTOR_PATH)
    stuck = any(finding["severity"] == "stuck" for finding in findings)
    if as_json:
        print(json.dumps(findings, indent=2))
    elif not findings:
        _console.print("[green]Nothing is stuck.[/]")
    for finding in () if as_json else findings:
        colour = _COLOURS[finding["severity"]]
        _console.print(f"[{colour}]{finding['severity']}[/] {escape(finding['where'])}: {escape(finding['problem'])}")
        _console.print(f"      {escape(finding['remedy'])}", style="dim")
    raise typer.Exit(int(stuck))
