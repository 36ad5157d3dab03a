"""The `devhost` command."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from devhost.app.environment import SETTINGS_FILE, settings_for_core_tools
from devhost.app.packages import check_packages
from devhost.commands.clock import clock_cli
from devhost.commands.doctor import doctor
from devhost.commands.events import events_cli
from devhost.commands.host_call import DEFAULT_STATE, State, call
from devhost.commands.replay import replay
from devhost.errors import StartError
from devhost.http_names import STATUS_PATH
from devhost.logs import configure_logging
from devhost.state import read_endpoints

if TYPE_CHECKING:
    from devhost.host import Host, HostOptions

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,  # local variables hold keys
    help="A local Azure Functions host in Python: storage, Service Bus, Event Grid, Durable Functions and your app.",
    epilog="Begin with `devhost start --app FOLDER` (of function_app.py). From another terminal in the same folder: "
    "`devhost status`, `devhost doctor`, `devhost events tail`, `devhost clock advance 72h`.",
)
cli.add_typer(clock_cli, name="clock")
cli.add_typer(events_cli, name="events")
cli.command()(doctor)
cli.command()(replay)
_console = Console()
_log = logging.getLogger("devhost")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"devhost {version('devhost')}")
        raise typer.Exit


@cli.callback()
def devhost(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Run a function app and all that it needs on this machine."""


@cli.command()
def start(
    *,
    state: State = DEFAULT_STATE,
    app: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            metavar="FOLDER",
            help="Folder of function_app.py; if left out, only services run.",
        ),
    ] = None,
    settings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings; by default local.settings.json in the app's folder, if there."),
    ] = None,
    entities: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Service Bus entities (the emulator's Config.json).")
    ] = None,
    event_grid: Annotated[Path | None, typer.Option(metavar="FILE", help="Event Grid subscriptions.")] = None,
    storage: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Containers, queues and tables to create if missing.")
    ] = None,
    auth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign-in as by App Service Authentication, for the people of a file."),
    ] = None,
    companion: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Further programs to start and stop with it.")
    ] = None,
    auth_level_keys: Annotated[
        bool, typer.Option("--auth-level-keys", help="HTTP functions need the key of their level, as on Azure.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Port of the HTTP functions; refused if it is taken.")
    ] = None,
    ports: Annotated[
        str, typer.Option(metavar="usual|auto", help="The usual ones if they are free, or any free ones.")
    ] = "usual",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more about the host itself.")] = False,
    json_logs: Annotated[bool, typer.Option("--json-logs", help="Each log line as a JSON object.")] = False,
) -> None:
    """Start the services and, with --app, an app. Ctrl-C stops all."""
    if ports not in ("usual", "auto"):
        raise typer.BadParameter("must be 'usual' or 'auto'", param_hint="--ports")
    check_packages()  # before anything of them is loaded
    from devhost.host import HostOptions  # noqa: PLC0415  (takes a second to load, and no other command needs it)

    options = HostOptions(
        state=state.resolve(),
        app=_resolve(app),
        settings=_resolve(settings),
        entities=_resolve(entities),
        event_grid=_resolve(event_grid),
        storage=_resolve(storage),
        auth=_resolve(auth),
        companions=_resolve(companion),
        automatic_ports=ports == "auto",
        http_port=port,
        keys_required=auth_level_keys,
    )
    configure_logging(verbose=verbose, as_json=json_logs)
    os.umask(0o077)  # also for Azurite: databases, documents and logs are nobody else's
    raise typer.Exit(asyncio.run(_serve(options, show_table=not json_logs)))


@cli.command()
def status(
    state: State = DEFAULT_STATE, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Show what runs and what is in flight."""
    answer = call(state, "GET", STATUS_PATH)
    if as_json:
        print(json.dumps(answer, indent=2))
        return
    _console.print(f"in flight: {escape(answer['inFlight'] or 'nothing')}\n", highlight=False)
    table = Table("function", "trigger", box=None, pad_edge=False)
    for name, trigger in answer["functions"].items():
        table.add_row(name, trigger)
    for name in answer["disabled"]:
        table.add_row(name, "disabled", style="dim")
    _console.print(table)
    for url, level in answer["http"].items():
        _console.print(f"{url} ({level})", soft_wrap=True)
    if any(level == "function" for level in answer["http"].values()):
        _console.print(f"Key of the function routes: {read_endpoints(state)['functionKey']}", soft_wrap=True)


@cli.command()
def settings(
    state: State = DEFAULT_STATE,
    file: Annotated[
        Path | None,
        typer.Option("--settings", metavar="FILE", help="An app's settings file, whose placeholders are filled in."),
    ] = None,
) -> None:
    """Print a local.settings.json with the endpoints, for other tools.

    It holds secrets. Without --settings it has the values with which the hosted app was started.
    """
    endpoints = read_endpoints(state)
    print(json.dumps(settings_for_core_tools(endpoints, file or state / SETTINGS_FILE), indent=2))


def run() -> None:
    """Run the command; print errors on one line; exit even if code of the app still runs in its thread."""
    code: Any = 0
    try:
        cli()
    except StartError as error:
        console = Console(stderr=True)
        console.print(f"[bold red]devhost:[/] {escape(str(error))}", highlight=False, soft_wrap=not console.is_terminal)
        code = 1
    except SystemExit as end:
        code = end.code
    if any(thread.name.startswith("app-") for thread in threading.enumerate()):
        logging.shutdown()
        sys.stdout.flush()
        os._exit(code or 0)  # the interpreter would wait for that code to return
    sys.exit(code)


async def _serve(options: HostOptions, *, show_table: bool) -> int:
    """Run a host until a signal. Returns the exit code: 0, or that of a signal that came before the host was ready."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[signal.Signals] = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, stopped, number)
    from devhost.host import Host  # noqa: PLC0415  (as above)

    host = Host(options)
    starting = asyncio.create_task(host.start())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
        _log.info("Stopped before it was ready")
        return 128 + stopped.result()  # as shells report a signal
    await starting
    gc.freeze()  # loaded modules stay: a full collection would stop everything for 0.1 s to traverse them
    if show_table:
        _show_ready(host, options)
    else:
        _log.info("Ready at %s", host.endpoints["http"])
    await stopped
    _log.info("Stopping")
    await host.stop()
    return 0


def _stop(stopped: asyncio.Future[signal.Signals], number: signal.Signals) -> None:
    if not stopped.done():  # a second Ctrl-C changes nothing
        stopped.set_result(number)


def _show_ready(host: Host, options: HostOptions) -> None:
    rows = {
        "HTTP": host.endpoints["http"],
        "Event Grid": host.endpoints["eventGrid"]["endpoint"],
        **({"sign-in": host.endpoints["signIn"]} if "signIn" in host.endpoints else {}),
        "endpoints, keys": str(options.state / "endpoints.json"),
        "functions": "as follows" if host.app else "none (services only)",
    }
    _console.print("[bold]devhost is ready[/]")
    for label, value in rows.items():
        _console.print(f"  {label:<18}{escape(value)}", highlight=False, soft_wrap=True)
    for name, reached in host.app.ways_in(host.endpoints["http"]) if host.app else ():
        _console.print(f"    {escape(name)}: {escape(reached)}", highlight=False, soft_wrap=True)


def _resolve(path: Path | None) -> Path | None:
    return path.resolve() if path else None
