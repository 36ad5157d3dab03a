"""The messages that the app refused, as they are in the quarantines."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from azure.servicebus import ServiceBusReceivedMessage
from pydantic import TypeAdapter, ValidationError

from adapters.messaging.arrivals import ORIGINAL_ENQUEUED_TIME
from adapters.messaging.messages import EXPLANATION, REFUSED_BECAUSE, Messages, body_of
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.session import Session, run_together
from compliance.document import review_id
from contracts.messages.commands import parse_command
from contracts.messages.decisions import DelegationV1, RetractionV1, ReviewWithdrawnV1, parse_decision
from contracts.messages.fields import Moment
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import parse_submission
from contracts.names import COMMANDS_QUARANTINE, DECISIONS_QUARANTINE, SUBMISSIONS_QUARANTINE

_QUEUES: Final = (DECISIONS_QUARANTINE, SUBMISSIONS_QUARANTINE, COMMANDS_QUARANTINE)
_MOMENT: Final = TypeAdapter[str](Moment)
_PREFIX: Final = re.compile(r"[0-9a-f]{6,64}")


class RefusedMessageJson(JsonOutput):
    """A refused message in a list: no content but the review and the sender that a well-formed one names."""

    id: str
    queue: str
    review_id: str | None
    sender: str | None  # as the message claims
    refused_because: str | None
    explanation: str | None
    message_id: str | None  # chosen by its sender
    enqueued_at: datetime | None
    length: int


class FullRefusedMessageJson(RefusedMessageJson):
    """A refused message in full; `body` is null if it is not UTF-8."""

    content_type: str | None
    application_properties: dict[str, str]
    body: str | None
    body_base64: str


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A refused message. If it was refused several times, it has as many copies, equal in id and content."""

    queue: str
    message: ServiceBusReceivedMessage
    numbers: tuple[int, ...]  # sequence numbers of all copies

    @property
    def id(self) -> str:
        """Its id in the quarantine."""
        return str(self.message.message_id)

    @property
    def body(self) -> bytes:
        """Its body, as it came."""
        return body_of(self.message)

    @property
    def properties(self) -> dict[str, str]:
        """Its application properties as text; the SDK returns names and strings as bytes."""
        return {_plain(name): _plain(value) for name, value in (self.message.application_properties or {}).items()}

    def in_list(self) -> RefusedMessageJson:
        """Return what a list shows of it."""
        properties = self.properties
        original = properties.get(ORIGINAL_ENQUEUED_TIME)
        about, sender = self._review_and_sender()
        return RefusedMessageJson(
            id=self.id,
            queue=self.queue,
            review_id=about,
            sender=sender,
            refused_because=properties.get(REFUSED_BECAUSE),
            explanation=properties.get(EXPLANATION),
            message_id=self.message.correlation_id,
            enqueued_at=_moment(original) or self.message.enqueued_time_utc,
            length=len(self.body),
        )

    def in_full(self) -> FullRefusedMessageJson:
        """Return all of it."""
        return FullRefusedMessageJson(
            **self.in_list().model_dump(),
            content_type=self.message.content_type,
            application_properties=self.properties,
            body=_text(self.body),
            body_base64=base64.b64encode(self.body).decode("ascii"),
        )

    def _review_and_sender(self) -> tuple[str | None, str | None]:
        try:
            return review_and_sender(self.queue, self.body)
        except MalformedMessageError:
            return None, None


def review_and_sender(queue: str, body: bytes) -> tuple[str | None, str | None]:
    """Return the review that a message is about and the sender that it names, each None if it is missing.

    Raises MalformedMessageError if the app would refuse the message unread.
    """
    if queue == SUBMISSIONS_QUARANTINE:
        announced = parse_submission(body)
        return review_id(announced.container, announced.name, announced.etag), announced.submitter
    if queue == COMMANDS_QUARANTINE:
        command = parse_command(body)
        return getattr(command, "review_id", None), command.by
    match parse_decision(body):
        case DelegationV1(by=by):
            return None, by
        case ReviewWithdrawnV1() | RetractionV1() as message:
            return message.review_id, message.by
        case decision:
            return decision.review_id, decision.reviewer


async def read_refused_messages(session: Session) -> list[RefusedMessage]:
    """Return every refused message, queue by queue, oldest first."""
    return [
        each for queue in await run_together(read_queue(session.messages, queue) for queue in _QUEUES) for each in queue
    ]


async def read_queue(messages: Messages, queue: str) -> list[RefusedMessage]:
    """Return every refused message in one quarantine, oldest first."""
    found: dict[str, RefusedMessage] = {}
    async for message in messages.peek(queue):
        earlier = found.pop(str(message.message_id), None)
        numbers = earlier.numbers if earlier else ()
        found[str(message.message_id)] = RefusedMessage(queue, message, (*numbers, message.sequence_number or 0))
    return list(found.values())


def find_message(message_id: str, messages: list[RefusedMessage]) -> RefusedMessage:
    """Return the one message whose id starts with these digits. Raises CommandError."""
    message_id = message_id.strip().lower()
    if not _PREFIX.fullmatch(message_id):
        raise CommandError(f"{message_id!r} is not an id: give 6 to 64 hexadecimal digits", ExitCode.USAGE)
    found = [each for each in messages if each.id.startswith(message_id)]
    if not found:
        raise CommandError(f"no refused message starts with {message_id}; see `quarantine list`", ExitCode.NOT_FOUND)
    if len(found) > 1:
        raise CommandError(f"{len(found)} messages' ids start with {message_id}; give more digits", ExitCode.USAGE)
    return found[0]


def _moment(text: str | None) -> datetime | None:
    """Return the time that a message claims for itself. None if it is missing or malformed."""
    try:
        return datetime.fromisoformat(_MOMENT.validate_python(text))
    except ValidationError:
        return None


def _plain(value: Any) -> str:
    return value.decode("utf-8", errors="backslashreplace") if isinstance(value, bytes) else str(value)


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None
