"""`devhost events`: what reaches the Event Grid topics, and what becomes of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.markup import escape

from devhost.commands.host_call import DEFAULT_STATE, State, call, lines
from devhost.event_grid.store import DEAD_LETTERED, DELIVERED, PENDING

_COLUMNS = ("id", "type", "subscription", "state", "attempts", "outcome")
_COLOURS = {PENDING: "yellow", DELIVERED: "green", DEAD_LETTERED: "red"}

events_cli = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Events at the Event Grid topics and their deliveries."
)
_console = Console(highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="For programs: one JSON object a line.")]


class DeliveryState(StrEnum):
    PENDING = PENDING
    DELIVERED = DELIVERED
    DEAD_LETTERED = DEAD_LETTERED


@events_cli.command()
def tail(
    state: State = DEFAULT_STATE,
    as_json: AsJson = False,
    last: Annotated[
        int, typer.Option("--last", "-n", min=0, max=1000, metavar="N", help="Past events to show first.")
    ] = 10,
) -> None:
    """Show events as they arrive and each change of their deliveries, until Ctrl-C or the host stops."""
    for change in lines(state, f"/eventgrid/events?last={last}"):
        if as_json:
            print(json.dumps(change), flush=True)
        else:
            _console.print(
                _event_line(change) if change["kind"] == "event" else f"  {_delivery_line(change)}", soft_wrap=True
            )


@events_cli.command()
def deliveries(
    state: State = DEFAULT_STATE,
    as_json: AsJson = False,
    only: Annotated[
        DeliveryState | None, typer.Option("--only", metavar="STATE", help="pending, delivered or dead-lettered.")
    ] = None,
    subscription: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only deliveries to this event subscription.")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, metavar="N", help="How many, the newest first.")] = 50,
) -> None:
    """List deliveries, newest first.

    On a terminal: state, event, type, subscription, attempts and outcome. In a pipe: event, type, subscription, state,
    attempts and outcome, separated by tabs, one delivery a line.
    """
    wanted = {"state": only, "subscription": subscription, "most": most}
    query = urlencode({name: value for name, value in wanted.items() if value is not None})
    for delivery in call(state, "GET", f"/eventgrid/deliveries?{query}"):
        if as_json:
            print(json.dumps(delivery))
        elif sys.stdout.isatty():
            _console.print(delivery_block(delivery))
        else:
            print("\t".join(" ".join(str(delivery[column] or "").split()) for column in _COLUMNS))


def delivery_block(delivery: Mapping[str, Any]) -> str:
    """Return two lines: an id alone may fill half of one."""
    how = f"attempt {delivery['attempts']}" + (f": {delivery['outcome']}" if delivery["outcome"] else "")
    return (
        f"[{_COLOURS[delivery['state']]}]{delivery['state']:<13}[/] {escape(delivery['id'])}\n"
        f"  {escape(delivery['type'])} to {escape(delivery['subscription'])}, {escape(how)}"
    )


def _event_line(change: Mapping[str, Any]) -> str:
    event = change["event"]
    accepted = datetime.fromtimestamp(change["accepted"], UTC).astimezone()
    to = ", ".join(change["subscriptions"]) or "nobody"
    what = escape(f"{event['type']} {event.get('subject') or ''} {event['id']} to {to}")
    return f"{accepted:%H:%M:%S} [bold]{what}[/]"


def _delivery_line(change: Mapping[str, Any]) -> str:
    colour = _COLOURS[change["state"]]
    outcome = f": {change['outcome']}" if change["outcome"] else ""
    what = escape(f"{change['id']} to {change['subscription']}, attempt {change['attempts']}{outcome}")
    return f"[{colour}]{change['state']}[/] {what}"
