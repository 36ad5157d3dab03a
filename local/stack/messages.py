"""Service Bus as a reviewer uses it: send decisions, receive answers, peek at queues."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
)
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType

from local.stack.eventually import eventually

DECISIONS = "review-decisions"
RETRIES = "decision-retries"
SUBMISSIONS = "document-submissions"
COMMANDS = "operator-commands"
REPLIES = "decision-replies"
_PAGE = 250


@dataclass(frozen=True, slots=True)
class Message:
    """A received or peeked message."""

    message_id: str
    correlation_id: str | None
    body: bytes
    properties: Mapping[str, Any]

    def json(self) -> Any:
        """Parse the body as JSON. Raises ValueError if it is not."""
        return json.loads(self.body)


class Messages:
    """Sends, receives and peeks; a context manager, not for several threads at once.

    Senders and receivers stay open, because opening one takes the SDK half a second.
    """

    def __init__(self, connection_string: str) -> None:
        self._connection_string = connection_string
        self._opened = ExitStack()
        self._client: ServiceBusClient | None = None
        self._senders: dict[str, ServiceBusSender] = {}
        self._receivers: dict[str, ServiceBusReceiver] = {}
        self._replies: dict[str, list[Any]] = {}

    def __enter__(self) -> Messages:
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def disconnect(self) -> None:
        """Close all connections until the next use; call it before killing a broker: the SDK leaks broken sockets."""
        self._opened.close()
        self._client = None
        self._senders.clear()
        self._receivers.clear()

    def send(self, queue: str, body: bytes, message_id: str | None = None) -> str:
        """Send one message and return its id."""
        message_id = message_id or str(uuid.uuid4())
        self.put(queue, ServiceBusMessage(body, message_id=message_id, content_type="application/json"))
        return message_id

    def put(self, queue: str, message: ServiceBusMessage | AmqpAnnotatedMessage) -> None:
        """Send one SDK message, such as a scheduled one or one that no client should send."""
        if queue not in self._senders:
            self._senders[queue] = self._opened.enter_context(self._connect().get_queue_sender(queue))
        self._senders[queue].send_messages(message)

    def decide(self, review_id: str, decision: str, reviewer: str, **fields: str) -> str:
        """Send a decision and return the message's id. `fields` add to or replace those of the contract."""
        content = {"decisionId": str(uuid.uuid4()), "reviewId": review_id, "decision": decision, "reviewer": reviewer}
        return self.send(DECISIONS, json.dumps(content | fields).encode())

    def answers(self, message_id: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for `count` or more answers to a decision, in the order of arrival. Raises NeverHappenedError."""

        def enough() -> list[dict[str, Any]]:
            if len(self._replies.get(message_id, [])) < count:
                self._collect_replies()
            answers = self._replies.get(message_id, [])
            return answers if len(answers) >= count else []

        return eventually(enough, f"{count} answers to decision message {message_id}")

    def answer(self, message_id: str) -> dict[str, Any]:
        """Wait for the first answer to a decision. Raises NeverHappenedError."""
        return self.answers(message_id)[0]

    def peek(self, queue: str, subscription: str | None = None) -> list[Message]:
        """Peek at everything in a queue, or in a topic's subscription."""
        receiver, found = self._receiver(queue, subscription), []
        while page := receiver.peek_messages(
            _PAGE, sequence_number=(found[-1].sequence_number or 0) + 1 if found else 1
        ):
            found += page
        return [_message(each) for each in found]

    def _collect_replies(self) -> None:
        receiver = self._receiver(REPLIES)
        for message in receiver.receive_messages(_PAGE, max_wait_time=1):
            reply = _message(message)
            self._replies.setdefault(str(reply.correlation_id), []).append(reply.json())
            receiver.complete_message(message)

    def _receiver(self, queue: str, subscription: str | None = None) -> ServiceBusReceiver:
        path = f"{queue}/{subscription}" if subscription else queue
        if path not in self._receivers:
            client = self._connect()
            receiver = (
                client.get_subscription_receiver(queue, subscription)
                if subscription
                else client.get_queue_receiver(queue)
            )
            self._receivers[path] = self._opened.enter_context(receiver)
        return self._receivers[path]

    def _connect(self) -> ServiceBusClient:
        if self._client is None:
            client = ServiceBusClient.from_connection_string(self._connection_string)
            self._client = self._opened.enter_context(client)
        return self._client


def _message(received: ServiceBusReceivedMessage) -> Message:
    body = b"".join(received.body) if received.body_type is AmqpMessageBodyType.DATA else b""
    properties = {_text(name): _text(value) for name, value in (received.application_properties or {}).items()}
    return Message(str(received.message_id), received.correlation_id, body, properties)


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
