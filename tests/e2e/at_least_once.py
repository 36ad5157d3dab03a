"""A sender that keeps trying while the host is down, as every client of a queue that matters has to."""

from __future__ import annotations

import gc
import json
import uuid
from contextlib import ExitStack, suppress
from typing import Any

from azure.core.exceptions import AzureError
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSender

from stack.eventually import eventually


class AtLeastOnceSender:
    """Sends to one queue until the broker has accepted: perhaps more often than once. A context manager.

    After a failure it starts again with a fresh client, which is quicker than the SDK's own reconnecting.
    """

    def __init__(self, connection_string: str, queue: str) -> None:
        self._connection_string = connection_string
        self._queue = queue
        self._open = ExitStack()
        self._sender: ServiceBusSender | None = None

    def __enter__(self) -> AtLeastOnceSender:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        gc.collect()  # the SDK leaves sockets of broken connections to the collector, which warns: let it be now

    def send(self, content: dict[str, Any]) -> str:
        """Send one message; its id. Raises NeverHappenedError when the broker stays away."""
        message_id = str(uuid.uuid4())
        body = json.dumps(content).encode()

        def accepted() -> bool:
            try:
                self._connected().send_messages(ServiceBusMessage(body, message_id=message_id))
            except (AzureError, OSError):  # the SDK lets some errors of a broken connection through
                self._close()
                return False
            return True

        eventually(accepted, f"the broker accepts message {message_id}", seconds=90)
        return message_id

    def _connected(self) -> ServiceBusSender:
        if self._sender is None:
            client = ServiceBusClient.from_connection_string(self._connection_string, retry_total=0)
            self._open.enter_context(client)
            self._sender = self._open.enter_context(client.get_queue_sender(self._queue))
        return self._sender

    def _close(self) -> None:
        self._sender = None
        with suppress(AzureError, OSError):  # of a connection that is broken already
            self._open.close()
