"""`devhost replay`: replay an instance's history with the code as it is now, and show the first difference."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from devhost.app.environment import SETTINGS_FILE
from devhost.app.settings import Settings, read_settings
from devhost.errors import StartError

_console = Console(soft_wrap=True, markup=False, highlight=False)
# No service runs, and an orchestrator uses no service: the placeholders only need a value.
_PLACEHOLDERS: dict[str, str] = dict.fromkeys(
    (
        "DEVHOST_STORAGE",
        "DEVHOST_SERVICE_BUS",
        "DEVHOST_EVENT_GRID_ENDPOINT",
        "DEVHOST_EVENT_GRID_SUBSCRIPTIONS",
        "DEVHOST_EVENT_GRID_KEY",
    ),
    "unused",
)


def replay(
    history: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Answer of /durabletask/instances/ID/history, or rows of Azure's table."),
    ],
    app: Annotated[
        Path, typer.Option(exists=True, file_okay=False, metavar="FOLDER", help="Folder of function_app.py.")
    ],
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings; by default local.settings.json in the app's folder, if there."),
    ] = None,
) -> None:
    """Take every turn of a history again with the app's code.

    Show the first difference, if any, with exit code 1.
    """
    from devhost.app.loader import load_functions  # noqa: PLC0415  (loads the SDK, which no other command needs)
    from devhost.dispatch.durable_functions import HostedDurableFunctions  # noqa: PLC0415
    from devhost.dispatch.invoker import Invoker  # noqa: PLC0415
    from devhost.dispatch.worker import Worker  # noqa: PLC0415
    from devhost.durable.histories.check import count_turns, first_difference  # noqa: PLC0415
    from devhost.durable.histories.exported import HistoryFileError, read_history  # noqa: PLC0415

    try:
        recorded = read_history(history)
    except HistoryFileError as error:
        raise StartError(str(error)) from error
    app = app.resolve()
    values = _values(app, settings.resolve() if settings else None)
    os.environ |= {name: value for name, value in values.items() if name not in os.environ}
    os.chdir(app)  # the real worker's working directory
    functions = HostedDurableFunctions(load_functions(app, Settings(values, os.environ)), Invoker(Worker(), None, {}))
    difference = first_difference(recorded, functions)
    if difference is None:
        _console.print(f"{recorded.instance_id}: all {count_turns(recorded)} turns of {recorded.name} as recorded.")
        return
    _console.print(
        f"{recorded.instance_id}: {recorded.name} differs in turn {difference.turn}, begun {difference.begun}."
    )
    _console.print(f"  recorded: {difference.recorded or 'nothing more'}")
    _console.print(f"  now:      {difference.now or 'nothing more'}")
    sys.exit(1)


def _values(app: Path, file: Path | None) -> dict[str, str]:
    if file is None and (app / SETTINGS_FILE).exists():
        file = app / SETTINGS_FILE
    return dict(read_settings(file, _PLACEHOLDERS).values) if file else {}
