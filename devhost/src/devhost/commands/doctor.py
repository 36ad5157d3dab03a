"""`devhost doctor`: is anything stuck, why, and what to do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.markup import escape

from devhost.addresses import DOCTOR_PATH, STATUS_PATH
from devhost.commands.host_call import DEFAULT_STATE, State, call
from devhost.durable.urls import RPC_PATH

_COLOURS = {"stuck": "bold red", "note": "yellow"}
_MOST_INSTANCES = 1000  # looked at for each question
_console = Console(soft_wrap=True)


def doctor(
    state: State = DEFAULT_STATE, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Say what is stuck, why, and what to do. Exit code 1 when something is stuck or the host does not run."""
    findings = call(state, "GET", DOCTOR_PATH)
    if call(state, "GET", STATUS_PATH)["functions"]:
        findings += _orchestrations(state)
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


def _orchestrations(state: Path) -> Iterator[dict[str, str]]:
    """Failed, held and orphaned instances, as the management API lists them."""
    known = {name.lower() for name in call(state, "GET", STATUS_PATH)["orchestrators"]}
    for name, ids in _instances(state, "Failed").items():
        remedy = f"`customStatus` and `output` say why, e.g. of {ids[0]}; correct the code, then restart or purge it."
        yield _finding("note", name, f"{len(ids)} instances have failed", remedy)
    for name, ids in _instances(state, "Suspended").items():
        yield _finding("note", name, f"{len(ids)} instances are suspended", f"Resume them when wanted, e.g. {ids[0]}.")
    for name, ids in _instances(state, "Running", "Pending").items():
        if name.lower() not in known:
            remedy = f"Bring that orchestrator back into the app, or terminate the instances, e.g. {ids[0]}."
            yield _finding("stuck", name, f"{len(ids)} instances wait, but the app has no such orchestrator", remedy)


def _instances(state: Path, *statuses: str) -> dict[str, list[str]]:
    """Ids of the instances in these states by the name of their orchestrator."""
    query = urlencode({"runtimeStatus": ",".join(statuses), "top": _MOST_INSTANCES, "showInput": "false"})
    found: defaultdict[str, list[str]] = defaultdict(list)
    for instance in call(state, "GET", f"{RPC_PATH}/instances?{query}"):
        found[instance["name"]].append(instance["instanceId"])
    return found


def _finding(severity: str, orchestrator: str, problem: str, remedy: str) -> dict[str, str]:
    return {"severity": severity, "where": f"orchestrator {orchestrator}", "problem": problem, "remedy": remedy}
