"""Reviewers who approve whatever they are asked about, at once."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from azure.servicebus import ServiceBusClient, ServiceBusMessage

from local.stack.endpoints import Endpoints

_AT_ONCE = 50
_WAIT_SECONDS = 0.5


class Reviewers:
    """Receivers of the review requests of a stack, who approve them; a context manager."""

    def __init__(self, state: Path) -> None:
        self._opened = ExitStack()
        client = ServiceBusClient.from_connection_string(Endpoints.from_devhost(state).service_bus)
        self._client = self._opened.enter_context(client)
        receiver = client.get_subscription_receiver("review-requests", "reviewers", prefetch_count=_AT_ONCE)
        self._receiver = self._opened.enter_context(receiver)
        self._sender = self._opened.enter_context(client.get_queue_sender("review-decisions"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def approve_what_is_asked(self) -> None:
        """Approve everything that has been asked since the last call; wait a moment if nothing has."""
        requests = self._receiver.receive_messages(_AT_ONCE, max_wait_time=_WAIT_SECONDS)
        if requests:
            self._sender.send_messages([_approval(json.loads(str(request))["reviewId"]) for request in requests])
        for request in requests:
            self._receiver.complete_message(request)


def _approval(review_id: str) -> ServiceBusMessage:
    said = {"decisionId": str(uuid.uuid4()), "reviewId": review_id, "decision": "approve", "reviewer": "bench"}
    return ServiceBusMessage(json.dumps(said), message_id=str(uuid.uuid4()), content_type="application/json")
