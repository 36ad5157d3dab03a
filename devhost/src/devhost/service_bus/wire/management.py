"""The `$management` node of an entity: peek, schedule, renew locks, settle and receive deferred messages by request.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.values import DecodeError
from devhost.service_bus.errors import InvalidRequestError, ServiceBusError, UnsupportedError
from devhost.service_bus.nodes.namespace import EntityNode
from devhost.service_bus.nodes.queue_node import QueueNode
from devhost.service_bus.nodes.session_queue_node import SessionQueueNode
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.message_content import parse
from devhost.service_bus.queues.queue_core import DESCRIPTION, REASON
from devhost.service_bus.queues.settlements import Settlement
from devhost.service_bus.wire.requests import (
    NO_CONTENT,
    OK,
    Answer,
    Request,
    done,
    encode_response,
    field,
    items,
    one_entry,
)
from devhost.service_bus.wire.session_requests import Operation, SessionRequests

_MAX_PEEKED = 250  # messages in one answer, so that it stays far below the largest frame
_PREFIX = "com.microsoft:"
_SETTLEMENTS = {
    "completed": Settlement.COMPLETED,
    "abandoned": Settlement.ABANDONED,
    "defered": Settlement.DEFERRED,  # as the protocol spells it
    "suspended": Settlement.DEAD_LETTERED,
}


class ManagementNode:
    def __init__(self, node: EntityNode, holder: object) -> None:
        """Answer for `node`. `holder` is the client's connection: it may manage the sessions that it has accepted."""
        self._node = node
        self._sessions = SessionRequests(node.core, holder) if isinstance(node, SessionQueueNode) else None
        self._operations: dict[str, Operation] = {
            "schedule-message": self._schedule,
            "cancel-scheduled-message": self._cancel,
            "peek-message": self._peek,
            "renew-lock": self._renew,
            "update-disposition": self._settle,
            "receive-by-sequence-number": self._receive_deferred,
        } | (self._sessions.operations() if self._sessions else {})

    def answer(self, request: Request) -> Callable[[], bytes]:
        """Handle a request. Return a function that encodes the response once the change is durable."""
        try:
            finish = self._handle(request)
        except (ServiceBusError, DecodeError) as problem:
            failure = _failure(request, problem)
            return lambda: failure
        return lambda: _success(request, *finish())

    def _handle(self, request: Request) -> Callable[[], Answer]:
        name = request.properties.get("operation")
        if not isinstance(request.body, dict):
            raise InvalidRequestError("The body of a management request must be a map.")
        operation = self._operations.get(str(name).removeprefix(_PREFIX))
        if operation is None:
            raise UnsupportedError(f"The operation {name!r} is not supported by this broker for '{self._node.path}'.")
        return operation(request.body)

    @property
    def _queue(self) -> QueueNode:
        if not isinstance(self._node, QueueNode):
            raise InvalidRequestError(f"'{self._node.path}' is a topic; receive from one of its subscriptions.")
        return self._node

    def _schedule(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        self._node.check_accepts()
        contents = [parse(field(entry, "message", bytes)) for entry in items(body, "messages", dict)]
        if any(content.scheduled_at is None for content in contents):
            raise InvalidRequestError("A scheduled message needs the annotation x-opt-scheduled-enqueue-time.")
        sequences = self._node.publish(contents)
        return lambda: (OK, one_entry("sequence-numbers", encode.array_of_longs(sequences)))

    def _cancel(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        self._node.cancel_scheduled(items(body, "sequence-numbers", int))
        return done

    def _peek(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        queue, first, most = self._queue, field(body, "from-sequence-number", int), field(body, "message-count", int)
        session_id = None if body.get("session-id") is None else field(body, "session-id", str)

        def peek() -> Answer:
            peeked = queue.core.peek(first, min(most, _MAX_PEEKED), session_id)
            if not peeked:
                return NO_CONTENT
            entries = [one_entry("message", encode.binary(message.encode(peeked=True))) for message in peeked]
            return OK, one_entry("messages", encode.list_of(entries))

        return peek

    def _renew(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        ends = [self._queue.core.renew(token.bytes_le) for token in items(body, "lock-tokens", UUID)]
        return lambda: (OK, one_entry("expirations", encode.array_of_timestamps(int(end * 1000) for end in ends)))

    def _settle(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        core = self._queue.core
        status = field(body, "disposition-status", str)
        modified = {str(key): value for key, value in (body.get("properties-to-modify") or {}).items()}
        reason = {REASON: body.get("deadletter-reason"), DESCRIPTION: body.get("deadletter-description")}
        dead_letter = modified | {key: text for key, text in reason.items() if text is not None}
        if status not in _SETTLEMENTS:
            raise InvalidRequestError(f"'{status}' is no disposition status.")
        for token in (token.bytes_le for token in items(body, "lock-tokens", UUID)):
            if core.was_settled(token, _SETTLEMENTS[status]):
                continue  # repeated by a client that missed the answer
            match _SETTLEMENTS[status]:
                case Settlement.COMPLETED:
                    core.complete(token)
                case Settlement.ABANDONED:
                    core.abandon(token, modified)
                case Settlement.DEFERRED:
                    core.defer(token, modified)
                case Settlement.DEAD_LETTERED:
                    core.dead_letter(token, dead_letter)
        return done

    def _receive_deferred(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        core, sequences = self._queue.core, items(body, "sequence-numbers", int)
        if self._sessions:
            self._sessions.check_held(body)
        deletes = body.get("receiver-settle-mode", 1) == 0
        messages = core.remove_deferred(sequences) if deletes else core.lock_deferred(sequences)
        entries = [_encode_received(message) for message in messages]
        return lambda: (OK, one_entry("messages", encode.list_of(entries)))


def _encode_received(message: Message) -> bytes:
    pairs = [(encode.string("message"), encode.binary(message.encode()))]
    if message.lock_token is not None:
        pairs.append((encode.string("lock-token"), encode.uuid(UUID(bytes_le=message.lock_token))))
    return encode.map_of(pairs)


def _success(request: Request, status: int, body: bytes) -> bytes:
    properties = {"statusCode": encode.int32(status), "statusDescription": encode.string("OK")}
    return encode_response(request, properties, body)


def _failure(request: Request, problem: ServiceBusError | DecodeError) -> bytes:
    status = problem.status if isinstance(problem, ServiceBusError) else InvalidRequestError.status
    description = str(problem)
    properties = {
        "statusCode": encode.int32(status),
        "statusDescription": encode.string(description),
        "errorCondition": encode.symbol(problem.condition),
    }
    return encode_response(request, properties, encode.map_of([]))
