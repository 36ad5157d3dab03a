"""`compliance quarantine`: messages that the app refused, as they came."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from azure.servicebus import ServiceBusReceivedMessage

from adapters.arrivals import ORIGINAL_ENQUEUED_TIME
from adapters.messages import EXPLANATION, REFUSED_BECAUSE, body_of
from cli.failures import CommandError, Commands, ExitCode
from cli.finding import short
from cli.session import JsonOption, Session, in_session
from cli.terminal import OUT, facts, moment, print_json, say, shown, table
from contracts.outbound import OutboundModel
from contracts.workflow import DECISIONS_QUARANTINE, SUBMISSIONS_QUARANTINE

_QUEUES: Final = (DECISIONS_QUARANTINE, SUBMISSIONS_QUARANTINE)
_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")
_MOST_SHOWN: Final = 16 * 1024

quarantine = typer.Typer(cls=Commands, help="Look at refused messages.", no_args_is_help=True)


class QuarantinedLine(OutboundModel):
    """A refused message without what it says."""

    id: str
    queue: str
    refused_because: str | None
    explanation: str | None
    message_id: str | None  # as its sender chose it
    enqueued_at: datetime | None
    length: int


class QuarantinedMessage(QuarantinedLine):
    """A refused message in full; `body` is null where it is not UTF-8."""

    content_type: str | None
    application_properties: dict[str, str]
    body: str | None
    body_base64: str


@quarantine.command("list")
def list_quarantined(context: typer.Context, as_json: JsonOption = False) -> None:
    """List refused messages, oldest first.

    With --json an array of {id, queue, refusedBecause, explanation, messageId, enqueuedAt, length}.
    """
    found = [_line(queue, message) for queue, message in in_session(context, _messages)]
    if as_json:
        print_json(found)
    elif found:
        columns = ("Id", "Queue", "Arrived", "Refused because", "Explanation")
        rows = (
            (short(line.id), line.queue, moment(line.enqueued_at), line.refused_because, line.explanation)
            for line in found
        )
        OUT.print(table(columns, rows))
    else:
        say("The quarantine is empty.")


@quarantine.command("show")
def show_quarantined(
    context: typer.Context,
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="As `quarantine list` names it; the first 6 digits are enough.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show a refused message: why, and what it said, with everything invisible escaped.

    With --json one object: the keys of `quarantine list`, and contentType, applicationProperties, body (null where it
    is not UTF-8), bodyBase64.
    """
    message = _named(identity.strip().lower(), in_session(context, _messages))
    if as_json:
        print_json(message)
        return
    about = (
        ("Id", message.id),
        ("Queue", message.queue),
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
    # A bar before each line, so that no line of the body can pass for one of ours.
    for line in body[:_MOST_SHOWN].decode("utf-8", errors="backslashreplace").split("\n"):
        OUT.print(f"| {shown(line)}", soft_wrap=True)
    if message.length > _MOST_SHOWN:
        say(f"{message.length - _MOST_SHOWN:,} more bytes are not shown; --json has them all.")


async def _messages(session: Session) -> list[tuple[str, ServiceBusReceivedMessage]]:
    peek = session.app.messages.peek
    return [(queue, message) for queue in _QUEUES async for message in peek(queue)]


def _named(identity: str, messages: list[tuple[str, ServiceBusReceivedMessage]]) -> QuarantinedMessage:
    if not _PREFIX.fullmatch(identity):
        raise CommandError(f"{identity!r} is not an id: give 6 to 64 hexadecimal digits", ExitCode.USAGE)
    # A message refused again for the same reason has the same id and the same content.
    found = {str(message.message_id): (queue, message) for queue, message in messages}
    named = [each for key, each in found.items() if key.startswith(identity)]
    if not named:
        raise CommandError(f"nothing in the quarantine starts with {identity}", ExitCode.NOT_FOUND)
    if len(named) > 1:
        raise CommandError(f"{len(named)} messages start with {identity}; give more digits", ExitCode.USAGE)
    queue, message = named[0]
    body = body_of(message)
    return QuarantinedMessage(
        **_line(queue, message).model_dump(),
        content_type=message.content_type,
        application_properties=_properties(message),
        body=_text(body),
        body_base64=base64.b64encode(body).decode("ascii"),
    )


def _line(queue: str, message: ServiceBusReceivedMessage) -> QuarantinedLine:
    properties = _properties(message)
    original = properties.get(ORIGINAL_ENQUEUED_TIME)
    return QuarantinedLine(
        id=str(message.message_id),
        queue=queue,
        refused_because=properties.get(REFUSED_BECAUSE),
        explanation=properties.get(EXPLANATION),
        message_id=message.correlation_id,
        enqueued_at=datetime.fromisoformat(original) if original else message.enqueued_time_utc,
        length=len(body_of(message)),
    )


def _properties(message: ServiceBusReceivedMessage) -> dict[str, str]:
    """The application properties as text; the SDK gives names and strings as bytes."""
    return {_plain(name): _plain(value) for name, value in (message.application_properties or {}).items()}


def _plain(value: Any) -> str:
    return value.decode("utf-8", errors="backslashreplace") if isinstance(value, bytes) else str(value)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None
