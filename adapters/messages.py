"""The app's own use of Service Bus: sending, scheduling again, and looking through a queue without taking anything."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.amqp import AmqpMessageBodyType
from azure.servicebus.exceptions import MessageSizeExceededError

from contracts.strict_json import MAX_BYTES
from contracts.workflow import REVIEW_EVENTS, REVIEW_EVENTS_WATCH, REVIEW_REQUESTS

# Application properties of a message that comes again; the first arrival counts, whatever the copies' own times say.
ORIGINAL_ENQUEUED_TIME = "originalEnqueuedTime"
TRY_COUNT = "tryCount"

# Application properties of a message in quarantine; its correlation id is the refused message's id.
REFUSED_BECAUSE = "refusedBecause"
EXPLANATION = "explanation"
ORIGINAL_LENGTH = "originalLength"  # bytes; only where it was too large to be kept as it came

_JSON = "application/json"
_PAGE = 100
# Two seconds to an hour in all: long enough for a review that is about to open and for a storage outage.
_WAITS = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 600, 900, 1200))
# The first copy may have lain in its queue while the app was down, for as long as the queue keeps a message.
_LONGEST_DETOUR = sum(_WAITS, timedelta(days=14))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as a trigger received it."""

    message_id: str
    body: bytes
    enqueued_at: datetime  # of the first of all copies; decides whether it was in time
    copy_enqueued_at: datetime  # of this copy
    tries: int
    content_type: str | None
    application_properties: Mapping[str, Any]  # as they can be sent again

    @property
    def again_after(self) -> timedelta | None:
        """How long to wait before the next try, or None when it was tried often enough."""
        return _WAITS[self.tries] if self.tries < len(_WAITS) else None


def arrival(
    *,
    message_id: str | None,
    sequence_number: int | None,
    body: bytes,
    enqueued_at: datetime,
    content_type: str | None,
    properties: Mapping[str, Any],
) -> Arrival:
    """An arrival from what the broker says. A message without an id is known by its sequence number."""
    enqueued_at = enqueued_at if enqueued_at.tzinfo else enqueued_at.replace(tzinfo=UTC)
    tries = properties.get(TRY_COUNT)
    tries = tries if type(tries) is int and 0 <= tries <= len(_WAITS) else 0  # True is an int, too
    return Arrival(
        message_id or f"sequence-number-{sequence_number}",
        body,
        first_enqueued(enqueued_at, properties),
        enqueued_at,
        tries,
        content_type,
        {name: _sendable(value) for name, value in properties.items()},
    )


def _sendable(value: Any) -> Any:
    """A property as the SDK can send it: it takes every integer for one of 32 bits, so a larger one becomes text."""
    return str(value) if type(value) is int and not -(2**31) <= value < 2**31 else value


def first_enqueued(enqueued_at: datetime, properties: Mapping[Any, Any]) -> datetime:
    """When the first copy of a message was enqueued.

    Anyone who may send can set the property, so it is believed only as far back as a message and our own copies of it
    can travel.
    """
    claimed: object = properties.get(ORIGINAL_ENQUEUED_TIME) or properties.get(ORIGINAL_ENQUEUED_TIME.encode())
    try:
        original = datetime.fromisoformat(claimed.decode() if isinstance(claimed, bytes) else str(claimed))
        return original if enqueued_at - _LONGEST_DETOUR <= original <= enqueued_at else enqueued_at
    except (TypeError, ValueError):  # not a time, or one without a zone
        return enqueued_at


class Messages:
    """Senders stay open: opening one costs about half a second inside the SDK."""

    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._senders: dict[str, ServiceBusSender] = {}
        self._receivers: dict[str, ServiceBusReceiver] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def send(
        self,
        entity: str,
        body: Mapping[str, Any] | bytes,
        *,
        message_id: str,
        correlation_id: str | None = None,
        application_properties: Mapping[str, Any] | None = None,
        content_type: str | None = _JSON,
    ) -> None:
        """Send one message to a queue or topic; done when the broker has accepted it."""
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        message = ServiceBusMessage(
            content,
            message_id=message_id,
            correlation_id=correlation_id,
            content_type=content_type,
            application_properties={**application_properties} if application_properties else None,
        )
        async with self._lock(entity):
            await self._sender(entity).send_messages(message)

    async def schedule_again(self, queue: str, arrived: Arrival, after: timedelta) -> None:
        """Put a copy of a message on its queue for later, with its first enqueued time and its try count.

        "Later" counts from the broker's own time, the only clock that the app and the queue share.
        """
        message = ServiceBusMessage(
            arrived.body,
            message_id=arrived.message_id,
            content_type=arrived.content_type,
            application_properties={
                **arrived.application_properties,
                ORIGINAL_ENQUEUED_TIME: arrived.enqueued_at.isoformat(),
                TRY_COUNT: arrived.tries + 1,
            },
        )
        async with self._lock(queue):
            await self._sender(queue).schedule_messages(message, arrived.copy_enqueued_at + after)

    async def quarantine(self, queue: str, arrived: Arrival, reason: str, explanation: str) -> None:
        """Keep a refused message, as it came, where people can look at it, with why it was refused.

        Where the broker does not take it with our remarks, the beginning of its body is kept.
        """
        remarks = {
            ORIGINAL_ENQUEUED_TIME: arrived.enqueued_at.isoformat(),
            REFUSED_BECAUSE: reason,
            EXPLANATION: explanation,
        }
        message_id = hashed_id(queue, arrived.message_id, reason)
        try:
            await self.send(
                queue,
                arrived.body,
                message_id=message_id,
                correlation_id=arrived.message_id,
                content_type=arrived.content_type,
                application_properties={**arrived.application_properties, **remarks},
            )
        except MessageSizeExceededError:
            await self.send(
                queue,
                arrived.body[:MAX_BYTES],
                message_id=message_id,
                correlation_id=arrived.message_id,
                content_type=None,
                application_properties={**remarks, ORIGINAL_LENGTH: len(arrived.body)},
            )

    async def peek(self, entity: str, number: int = 1) -> AsyncIterator[ServiceBusReceivedMessage]:
        """Every message of a queue, or of the topic `review-events`, in order; nothing is taken.

        Waiting, locked and scheduled messages alike, from the sequence number `number` on.
        """
        while True:
            async with self._lock(entity):
                page = await self._receiver(entity).peek_messages(_PAGE, sequence_number=number)
            for message in page:
                yield message
                number = (message.sequence_number or 0) + 1
            if not page:
                return

    def _sender(self, entity: str) -> ServiceBusSender:
        if entity not in self._senders:
            open_sender = self._client.get_topic_sender if entity == REVIEW_REQUESTS else self._client.get_queue_sender
            self._senders[entity] = open_sender(entity)
        return self._senders[entity]

    def _receiver(self, entity: str) -> ServiceBusReceiver:
        if entity not in self._receivers:
            self._receivers[entity] = (
                self._client.get_subscription_receiver(entity, REVIEW_EVENTS_WATCH)
                if entity == REVIEW_EVENTS
                else self._client.get_queue_receiver(entity)
            )
        return self._receivers[entity]

    def _lock(self, entity: str) -> asyncio.Lock:
        """The SDK's senders and receivers are not safe for concurrent use."""
        return self._locks.setdefault(entity, asyncio.Lock())


def body_of(message: ServiceBusReceivedMessage) -> bytes:
    """The bytes of a message; one that holds an AMQP value or sequence instead, which we never send, has none."""
    return b"".join(message.body) if message.body_type is AmqpMessageBodyType.DATA else b""


def hashed_id(*parts: str) -> str:
    """A message or event id that is the same whenever the same thing is said again."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
