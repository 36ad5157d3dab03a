"""Refused messages, and the steps on them, for people and programs."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.text import Text

from cli.columns import Cell, row_lines
from cli.csv_output import csv_text
from cli.json_output import JsonOutput
from cli.local_time import LocalTime, utc
from cli.quarantine.refused_messages import FullRefusedMessageJson, RefusedMessageJson
from cli.terminal import moment, print_facts, print_line, say

_SHORT: Final = 8  # digits of an id in a list
_MOST_SHOWN: Final = 16 * 1024


class StepJson(JsonOutput):
    """A step on a message in quarantine: who took the message out, how and why."""

    at: datetime
    event: str
    who: str
    detail: str
    queue: str


def message_lines(messages: Sequence[RefusedMessageJson], time: LocalTime, width: int | None) -> Iterator[Text]:
    """Yield a line for each message; in a pipe with whole ids, the queue and times in UTC."""
    if width is None:
        yield from row_lines((), map(_whole_row, messages), None)
    else:
        columns = ("Id", "Arrived", "Review", "Sender", "Why")
        yield from row_lines(columns, (_row(each, time) for each in messages), width, shortened=3)


def message_csv(messages: Sequence[RefusedMessageJson]) -> str:
    """Return messages as comma-separated values."""
    return csv_text(("id", "queue", "arrived", "review", "sender", "reason", "explanation"), map(_whole_row, messages))


def _row(message: RefusedMessageJson, time: LocalTime) -> tuple[Cell, ...]:
    arrived = time.moment(message.enqueued_at) if message.enqueued_at else None
    about = message.review_id[:_SHORT] if message.review_id else None
    because = (message.refused_because or "refused").replace("_", " ")
    return message.id[:_SHORT], arrived, about, message.sender, f"{because}: {message.explanation}"


def _whole_row(message: RefusedMessageJson) -> tuple[str | None, ...]:
    about = message.queue, utc(message.enqueued_at), message.review_id, message.sender
    return message.id, *about, message.refused_because, message.explanation


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
    print_facts(about)
    print_line("")
    body = base64.b64decode(message.body_base64)
    # A bar before each line: no line of the body can pass for one of ours.
    for line in body[:_MOST_SHOWN].decode("utf-8", errors="backslashreplace").split("\n"):
        print_line(f"| {line}")
    if message.length > _MOST_SHOWN:
        say(f"{message.length - _MOST_SHOWN:,} more bytes are not shown; --json has them all.")
