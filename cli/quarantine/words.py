"""Refused messages, and the steps on them, for people and programs."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Final

from cli.json_output import JsonOutput
from cli.lookup import short_id
from cli.quarantine.refused_messages import FullRefusedMessageJson, RefusedMessageJson
from cli.terminal import facts, moment, out, print_line, say

_MOST_SHOWN: Final = 16 * 1024


class StepJson(JsonOutput):
    """A step on a message in quarantine: who took it off, how and why."""

    at: datetime
    event: str
    who: str
    detail: str
    queue: str


def message_row(line: RefusedMessageJson) -> tuple[object, ...]:
    """Return what a list shows of a message."""
    about = short_id(line.review_id) if line.review_id else None
    arrived = moment(line.enqueued_at)
    return short_id(line.id), line.queue, arrived, about, line.sender, line.refused_because, line.explanation


def print_message(message: FullRefusedMessageJson) -> None:
    """Print a message in full; everything invisible in it is escaped."""
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
    out().print(facts(about))
    out().print()
    body = base64.b64decode(message.body_base64)
    # A bar before each line: no line of the body can pass for one of ours.
    for line in body[:_MOST_SHOWN].decode("utf-8", errors="backslashreplace").split("\n"):
        print_line(f"| {line}")
    if message.length > _MOST_SHOWN:
        say(f"{message.length - _MOST_SHOWN:,} more bytes are not shown; --json has them all.")
