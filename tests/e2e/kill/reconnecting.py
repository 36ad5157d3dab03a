"""Service Bus clients that keep trying while the host is down."""

from __future__ import annotations

import gc
import json
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any, Generic, NamedTuple, Self, TypeVar

from azure.core.exceptions import AzureError
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
    ServiceBusSender,
)

from local.stack.eventually import eventually

Link = TypeVar("Link", ServiceBusSender, ServiceBusReceiver)
T = TypeVar("T")

_PAGE, _BETWEEN_PEEKS = 250, 0.1  # messages, seconds


class PeekedMessage(NamedTuple):
    """A message that a receiver has peeked."""

    correlation_id: str | None
    content: Mapping[str, Any]


class _Reconnecting(Generic[Link]):
    """One sender or receiver. A context manager.

    After a failure it starts again with a fresh client, which is quicker than the SDK's own reconnecting.
    """

    def __init__(self, connection_string: str, linked: Callable[[ServiceBusClient], Link]) -> None:
        self._connection_string = connection_string
        self._linked = linked
        self._open = ExitStack()
        self._link: Link | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        gc.collect()  # the SDK leaves sockets of broken connections to the collector, which warns: let it be now

    def _attempt(self, act: Callable[[Link], T], otherwise: T) -> T:
        """Return the result of one attempt, or `otherwise` if the broker is down."""
        try:
            return act(self._connected())
        except (AzureError, OSError):  # the SDK lets some errors of a broken connection through
            self._close()
            return otherwise

    def _connected(self) -> Link:
        if self._link is None:
            client = ServiceBusClient.from_connection_string(self._connection_string, retry_total=0)
            self._open.enter_context(client)
            self._link = link = self._linked(client)
            self._open.push(link)
        return self._link

    def _close(self) -> None:
        self._link = None
        with suppress(AzureError, OSError):  # of a connection that is broken already
            self._open.close()


class AtLeastOnceSender(_Reconnecting[ServiceBusSender]):
    """Sends to one queue until the broker has accepted: perhaps more often than once."""

    def __init__(self, connection_string: str, queue: str) -> None:
        super().__init__(connection_string, lambda client: client.get_queue_sender(queue))
        self.sent: list[str] = []  # ids of messages

    def send(self, content: dict[str, Any]) -> str:
        """Send one message and return its id. Raises NeverHappenedError if the broker stays down."""
        message_id = str(uuid.uuid4())
        body = json.dumps(content).encode()

        def accepted(sender: ServiceBusSender) -> bool:
            sender.send_messages(ServiceBusMessage(body, message_id=message_id))
            return True

        eventually(lambda: self._attempt(accepted, otherwise=False), f"the broker accepts message {message_id}")
        self.sent.append(message_id)
        return message_id


class PeekingReceiver(_Reconnecting[ServiceBusReceiver]):
    """Peeks at the messages of a queue or a subscription, and keeps those that have expired since."""

    def __init__(self, connection_string: str, linked: Callable[[ServiceBusClient], ServiceBusReceiver]) -> None:
        super().__init__(connection_string, linked)
        self._peeked: list[PeekedMessage] = []
        self._next = 1  # sequence number
        self._last_peek = 0.0

    def peek(self) -> list[PeekedMessage]:
        """Return all messages so far. If the broker is down, there are no new ones."""
        if time.monotonic() - self._last_peek > _BETWEEN_PEEKS:
            for message in self._attempt(self._new_messages, []):
                self._peeked.append(PeekedMessage(message.correlation_id, json.loads(str(message))))
                self._next = (message.sequence_number or 0) + 1
            self._last_peek = time.monotonic()
        return self._peeked

    def _new_messages(self, link: ServiceBusReceiver) -> list[ServiceBusReceivedMessage]:
        return link.peek_messages(_PAGE, sequence_number=self._next)
