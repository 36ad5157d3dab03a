"""The app's own use of Service Bus: sending, scheduling again, and looking through a queue without taking anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.amqp import AmqpMessageBodyType
from azure.servicebus.exceptions import MessageSizeExceededError

from adapters.messaging.arrivals import ORIGINAL_ENQUEUED_TIME, RETURN_COUNT, TRY_COUNT, Arrival
from contracts.digest import hashed_id
from contracts.messages.strict_json import MAX_BYTES
from contracts.names import REVIEW_EVENTS, REVIEW_EVENTS_WATCH, REVIEW_REQUESTS

# Application properties of a message in quarantine; its correlation id is the refused message's id.
REFUSED_BECAUSE = "refusedBecause"
EXPLANATION = "explanation"
ORIGINAL_LENGTH = "originalLength"  # bytes; only where it was too large to be kept as it came

_JSON = "application/json"
_PAGE = 100
_PATIENCE = 3  # seconds until a queue has nothing more to give


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

    async def send_back(self, queue: str, arrived: Arrival) -> None:
        """Have a dead-lettered message go through its queue from the beginning, with its first enqueued time."""
        await self.send(
            queue,
            arrived.body,
            message_id=arrived.message_id,
            content_type=arrived.content_type,
            application_properties={
                **arrived.application_properties,
                ORIGINAL_ENQUEUED_TIME: arrived.enqueued_at.isoformat(),
                TRY_COUNT: 0,
                RETURN_COUNT: arrived.returns + 1,
            },
        )

    async def quarantine(self, queue: str, arrived: Arrival, reason: str, explanation: str) -> None:
        """Keep a refused message, as it came, where people can look at it, with why it was refused.

        Where the broker does not take it with our remarks, the beginning of its body is kept.
        """
        remarks = {
            ORIGINAL_ENQUEUED_TIME: arrived.enqueued_at.isoformat(),
            REFUSED_BECAUSE: reason,
            EXPLANATION: explanation,
        }
        message_id = hashed_id(queue, arrived.fingerprint, reason)
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

    async def remove(self, queue: str, number: int) -> bool:
        """Take the message with this sequence number off a queue for good; False where it is not to be had.

        The broker gives messages in their order only, so those before it are locked meanwhile and then given back,
        which counts as one of their deliveries.
        """
        others: list[ServiceBusReceivedMessage] = []
        async with self._lock(queue):
            receiver = self._receiver(queue)
            try:
                while not others or (others[-1].sequence_number or 0) < number:
                    page = await receiver.receive_messages(_PAGE, max_wait_time=_PATIENCE)
                    found = next((message for message in page if message.sequence_number == number), None)
                    others += [message for message in page if message is not found]
                    if found:
                        await receiver.complete_message(found)
                    if found or not page:
                        return bool(found)
                return False
            finally:
                for message in others:
                    await receiver.abandon_message(message)

    async def close(self) -> None:
        """Close all at once: each takes the SDK half a second. A function worker never does."""
        await asyncio.gather(*(link.close() for link in (*self._senders.values(), *self._receivers.values())))

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
        """Return the lock of an entity: the SDK's senders and receivers are not safe for concurrent use."""
        return self._locks.setdefault(entity, asyncio.Lock())


def body_of(message: ServiceBusReceivedMessage) -> bytes:
    """Return the bytes of a message. Empty if it holds an AMQP value or sequence instead, which we never send."""
    return b"".join(message.body) if message.body_type is AmqpMessageBodyType.DATA else b""


def refusal_reason(message: ServiceBusReceivedMessage) -> str | None:
    """Return the reason why a message is in quarantine, or None. The SDK returns names and strings as bytes."""
    reason = (message.application_properties or {}).get(REFUSED_BECAUSE.encode())
    return reason.decode(errors="backslashreplace") if isinstance(reason, bytes) else None
