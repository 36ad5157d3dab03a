"""`compliance watch`: completion and refusal events as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from cli.commands import Command
from cli.options import json_option
from cli.session import Session, in_session
from cli.terminal import moment, print_json, print_line, say
from contracts.names import REVIEW_EVENTS

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusReceivedMessage

_POLL_SECONDS: Final = 0.5


@click.command(cls=Command)
@click.option("--past", "past", is_flag=True, help="Also print the events that the subscription still holds.")
@json_option
@click.pass_context
def watch(
    context: click.Context,
    *,
    past: bool,
    as_json: bool,
) -> None:
    """Print completion and refusal events as they come.

    Ctrl-C ends it. Events are peeked at, not taken: any number of people can watch at once, and each sees all of them.
    An event can come twice, with the same id.

    With --json one CloudEvent a line, as the app published it.

    \b
    Examples:
      compliance watch
      compliance watch --past --json | jq .data.outcome
    """
    import asyncio

    async def follow(session: Session) -> None:
        number = 1
        caught_up = False
        while True:
            async for message in session.messages.peek(REVIEW_EVENTS, number):
                number = (message.sequence_number or 0) + 1
                if caught_up or past:
                    _print(message, as_json)
            if not caught_up:
                say("Watching; Ctrl-C ends it.")
                caught_up = True
            await asyncio.sleep(_POLL_SECONDS)

    try:
        in_session(context, follow)
    except KeyboardInterrupt:
        return


def _print(message: ServiceBusReceivedMessage, as_json: bool) -> None:
    from adapters.messaging.messages import body_of
    from contracts.messages.strict_json import MalformedMessageError, parse_object

    try:
        event = parse_object(body_of(message))
    except MalformedMessageError as error:
        say(f"Skipped a message on {REVIEW_EVENTS} that is not an event: {error}")
        return
    if as_json:
        print_json(event, one_line=True)
    else:
        at = moment(message.enqueued_time_utc)
        print_line(f"{at}  {_event_in_words(event)}")


def _event_in_words(event: dict[str, Any]) -> str:
    from contracts.messages.events import REVIEW_COMPLETED

    data = event.get("data")
    facts: dict[str, Any] = data if isinstance(data, dict) else {}
    review = facts.get("reviewId")
    if event.get("type") == REVIEW_COMPLETED:
        document = facts.get("document")
        name = document.get("name") if isinstance(document, dict) else None
        reason = f" ({facts['reason']})" if facts.get("reason") else ""
        place = f", now {facts['location']}" if facts.get("location") else ""
        return f"{facts.get('outcome')}{reason}  {name}{place}  [review {review}]"
    refused = facts.get("answer") or "refused"
    about = f"  [review {review}]" if review else ""
    return f"{refused}  {facts.get('explanation')}{about}"
