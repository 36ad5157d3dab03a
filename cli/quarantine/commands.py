"""`compliance quarantine`: look at the messages that the app refused, and take them off."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Final

import typer

from adapters.ledger.quarantine_log import QuarantineStep
from cli.failures import Commands
from cli.json_output import JsonOutput, prints_json
from cli.lookup import short_id
from cli.quarantine.refused_messages import (
    FullRefusedMessageJson,
    IdArgument,
    RefusedMessageJson,
    find_message,
    read_refused_messages,
)
from cli.quarantine.resend import discard, resend
from cli.session import JsonOption, Session, in_session
from cli.terminal import OUT, facts, moment, print_json, print_line, say, table

_MOST_SHOWN: Final = 16 * 1024


class StepJson(JsonOutput):
    """A step on a message in quarantine: who took it off, how and why."""

    at: datetime
    event: str
    who: str
    detail: str
    queue: str


quarantine = typer.Typer(
    cls=Commands,
    help="Look at refused messages, send them again or discard them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@quarantine.command("list")
@prints_json(list[RefusedMessageJson])
def list_quarantined(context: typer.Context, as_json: JsonOption = False) -> None:
    """List refused messages, oldest first.

    Review and sender are those that a well-formed message names; nothing proves that the sender is right.
    """
    found = [message.in_list() for message in in_session(context, read_refused_messages)]
    if as_json:
        print_json(found)
    elif found:
        OUT.print(
            table(("Id", "Queue", "Arrived", "Review", "Sender", "Refused because", "Explanation"), map(_row, found))
        )
    else:
        say("The quarantine is empty.")


def _row(line: RefusedMessageJson) -> tuple[object, ...]:
    about = short_id(line.review_id) if line.review_id else None
    arrived = moment(line.enqueued_at)
    return short_id(line.id), line.queue, arrived, about, line.sender, line.refused_because, line.explanation


@quarantine.command("show")
@prints_json(FullRefusedMessageJson, "body is null if it is not UTF-8")
def show_quarantined(
    context: typer.Context,
    message_id: IdArgument,
    as_json: JsonOption = False,
) -> None:
    """Show a refused message and why it was refused.

    Everything invisible in it is escaped.
    """
    message = find_message(message_id, in_session(context, read_refused_messages)).in_full()
    if as_json:
        print_json(message)
        return
    about = (
        ("Id", message.id),
        ("Queue", message.queue),
        ("Review", message.review_id),
        ("Sender", message.sender),
        ("Refused because", message.refused_because),
        ("Explanation", message.explanation),
        ("Arrived", moment(message.enqueued_at)),
        ("Message id", message.message_id),
        ("Content type", message.content_type),
        *((f"Property {name}", value) for name, value in message.application_properties.items()),
        ("Body", f"{message.length:,} bytes"),
    )
    OUT.print(facts(about))
    OUT.print()
    body = base64.b64decode(message.body_base64)
    # A bar before each line: no line of the body can pass for one of ours.
    for line in body[:_MOST_SHOWN].decode("utf-8", errors="backslashreplace").split("\n"):
        print_line(f"| {line}")
    if message.length > _MOST_SHOWN:
        say(f"{message.length - _MOST_SHOWN:,} more bytes are not shown; --json has them all.")


quarantine.command("replay")(resend)
quarantine.command()(discard)


@quarantine.command("history")
@prints_json(list[StepJson])
def history(context: typer.Context, as_json: JsonOption = False) -> None:
    """List who took off messages that are about no known review, or one whose history has 100 notes already.

    For the others see the timeline of their review: `compliance show REVIEW`.
    """

    async def steps(session: Session) -> list[QuarantineStep]:
        return await session.app.quarantine_log.steps()

    found = in_session(context, steps)
    if as_json:
        print_json(
            [
                StepJson(at=step.at, event=step.event, who=step.who, detail=step.detail, queue=step.queue)
                for step in found
            ]
        )
    elif found:
        rows = ((moment(step.at), step.event, step.who, step.queue, step.detail) for step in found)
        OUT.print(table(("At", "What", "Who", "Queue", "Detail"), rows))
    else:
        say("No message was taken off that is not in the history of its review.")
