"""`compliance watch`: what happens to reviews, as it happens."""

from __future__ import annotations

import click

from cli.commands import Command
from cli.options import json_option
from cli.session import in_session, reach_service_bus


@click.command(cls=Command)
@click.option("--requests", is_flag=True, help="Also print the requests to reviewers, and the reminders.")
@click.option("--past", "past", is_flag=True, help="Also print what the subscriptions still hold.")
@json_option
@click.pass_context
def watch(context: click.Context, *, requests: bool, past: bool, as_json: bool) -> None:
    """Print completion and refusal events as they come.

    Ctrl-C ends it. Each event is one line: time, review, what happened, document and, if known, who did it and why. In
    a pipe no line is shortened, and tabs separate the columns.

    Events are peeked at, not taken: any number of people can watch at once, and each sees all. An event can come twice.
    With --requests the subscription `reviewers` of the topic `review-requests` is peeked at, too; messages that a tool
    of yours takes from it are not seen. You need the role Azure Service Bus Data Receiver on each subscription.

    With --json each line is a CloudEvent or a request, as the app published it.

    \b
    Examples:
      compliance watch
      compliance watch --requests
    """
    reach_service_bus(context)
    from cli.reviews.watching import follow

    try:
        in_session(context, lambda session: follow(session, requests=requests, past=past, as_json=as_json))
    except KeyboardInterrupt:
        return
