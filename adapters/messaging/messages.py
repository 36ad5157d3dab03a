"""The app's own use of Service Bus: send, schedule again, quarantine, peek at and remove messages."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.amqp import AmqpMessageBodyType
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusQuotaExceededError

from adapters.messaging.arrivals import ORIGINAL_ENQUEUED_TIME, RETURN_COUNT, TRY_COUNT, Arrival
from contracts.digest import hashed_id
from contracts.messages.strict_json import MAX_BYTES
from contracts.names import REVIEW_EVENTS, REVIEW_EVENTS_WATCH, REVIEW_REQUESTS, REVIEW_REQUESTS_REVIEWERS

# Application properties of a message in quarantine; its correlation id is the refused message's id.
REFUSED_BECAUSE = "refusedBecause"
EXPLANATION = "explanation"
ORIGINAL_LENGTH = "originalLength"  # bytes; only if it was too large to be kept whole

# What a replayed message does not keep of the properties that the app has given it.
OF_THE_APP = frozenset({REFUSED_BECAUSE, EXPLANATION, TRY_COUNT, RETURN_COUNT})

_JSON = "application/json"
_PAGE = 100
_SUBSCRIPTIONS = {REVIEW_EVENTS: REVIEW_EVENTS_WATCH, REVIEW_REQUESTS: REVIEW_REQUESTS_REVIEWERS}  # that are peeked at
_PATIENCE = 3  # seconds without a message after which a queue counts as empty


class Messages:
    """Senders and receivers, which stay open: opening a sender costs about half a second inside the SDK."""

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
        """Send one message to a queue or topic. Returns once the broker has accepted it."""
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

    async def send_unless_full(self, entity: str, body: Mapping[str, Any] | bytes, **about: Any) -> None:
        """Send as `send` does, but lose the message, with an error in the log, if the queue is full.

        For what only informs people: a sender who fills the queue must not keep the app from answering others.
        """
        try:
            await self.send(entity, body, **about)
        except ServiceBusQuotaExceededError:
            logging.error("The queue %s is full, so a message to it is lost; empty it", entity)

    async def schedule_again(self, queue: str, arrival: Arrival, after: timedelta) -> None:
        """Put a copy of a message on a queue for later, with its first enqueued time and its try count.

        `after` counts from the time at which the broker enqueued this copy: the app has no clock of its own.
        """
        message = ServiceBusMessage(
            arrival.body,
            message_id=arrival.message_id,
            content_type=arrival.content_type,
            application_properties={
                **arrival.application_properties,
                ORIGINAL_ENQUEUED_TIME: arrival.enqueued_at.isoformat(),
                TRY_COUNT: arrival.tries + 1,
            },
        )
        async with self._lock(queue):
            await self._sender(queue).schedule_messages(message, arrival.copy_enqueued_at + after)

    async def send_back(self, queue: str, arrival: Arrival) -> None:
        """Put a copy of a dead-lettered message on a queue, with its first enqueued time and no tries."""
        await self.send(
            queue,
            arrival.body,
            message_id=arrival.message_id,
            content_type=arrival.content_type,
            application_properties={
                **arrival.application_properties,
                ORIGINAL_ENQUEUED_TIME: arrival.enqueued_at.isoformat(),
                TRY_COUNT: 0,
                RETURN_COUNT: arrival.returns + 1,
            },
        )

    async def replay(self, queue: str, refused: ServiceBusReceivedMessage) -> None:
        """Put a message of a quarantine on a queue, as it first came and with the time at which it did."""
        await self.send(
            queue,
            body_of(refused),
            message_id=refused.correlation_id or str(refused.message_id),
            content_type=refused.content_type,
            application_properties={
                name: value for name, value in properties_of(refused).items() if name not in OF_THE_APP
            },
        )

    async def quarantine(self, queue: str, arrival: Arrival, reason: str, explanation: str) -> None:
        """Put a copy of a refused message into a quarantine, with the reason for the refusal.

        If it is too large with our remarks, only the beginning of its body is kept; if the quarantine is full, nothing.
        """
        remarks = {
            ORIGINAL_ENQUEUED_TIME: arrival.enqueued_at.isoformat(),
            REFUSED_BECAUSE: reason,
            EXPLANATION: explanation,
        }
        message_id = hashed_id(queue, arrival.fingerprint, reason)
        try:
            await self.send_unless_full(
                queue,
                arrival.body,
                message_id=message_id,
                correlation_id=arrival.message_id,
                content_type=arrival.content_type,
                application_properties={**arrival.application_properties, **remarks},
            )
        except MessageSizeExceededError:
            await self.send_unless_full(
                queue,
                arrival.body[:MAX_BYTES],
                message_id=message_id,
                correlation_id=arrival.message_id,
                content_type=None,
                application_properties={**remarks, ORIGINAL_LENGTH: len(arrival.body)},
            )

    async def peek(self, entity: str, number: int = 1) -> AsyncIterator[ServiceBusReceivedMessage]:
        """Yield every message of a queue, or of a topic's subscription, in order, without removing any.

        Begins at the sequence number `number`; locked and scheduled messages are included.
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
        """Remove the message with this sequence number from a queue. Returns False if it is gone or locked.

        The broker delivers messages only in order, so those before it are locked meanwhile and then abandoned, which
        counts as one of their deliveries.
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
        """Close all links at the same time, because each takes the SDK half a second. A function worker never does."""
        await asyncio.gather(*(link.close() for link in (*self._senders.values(), *self._receivers.values())))

    def _sender(self, entity: str) -> ServiceBusSender:
        if entity not in self._senders:
            open_sender = self._client.get_topic_sender if entity == REVIEW_REQUESTS else self._client.get_queue_sender
            self._senders[entity] = open_sender(entity)
        return self._senders[entity]

    def _receiver(self, entity: str) -> ServiceBusReceiver:
        if entity not in self._receivers:
            subscription = _SUBSCRIPTIONS.get(entity)
            self._receivers[entity] = (
                self._client.get_subscription_receiver(entity, subscription)
                if subscription
                else self._client.get_queue_receiver(entity)
            )
        return self._receivers[entity]

    def _lock(self, entity: str) -> asyncio.Lock:
        """Return the lock of an entity: the SDK's senders and receivers are not safe for concurrent use."""
        return self._locks.setdefault(entity, asyncio.Lock())


def body_of(message: ServiceBusReceivedMessage) -> bytes:
    """Return the bytes of a message. Empty if it holds an AMQP value or sequence instead, which we never send."""
    return b"".join(message.body) if message.body_type is AmqpMessageBodyType.DATA else b""


def properties_of(message: ServiceBusReceivedMessage) -> dict[str, Any]:
    """Return the application properties of a message. The SDK returns names and strings as bytes."""
    return {_text(name): _text(value) for name, value in (message.application_properties or {}).items()}


def refusal_reason(message: ServiceBusReceivedMessage) -> str | None:
    """Return the reason why a message is in quarantine, or None."""
    reason = properties_of(message).get(REFUSED_BECAUSE)
    return reason if isinstance(reason, str) else None


def _text(value: Any) -> Any:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
