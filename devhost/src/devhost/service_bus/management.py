"""The `$management` node of an entity: peek, schedule, renew locks, settle and receive deferred messages by request.

https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.values import DecodeError
from devhost.service_bus.errors import InvalidRequestError, ServiceBusError, UnsupportedError
from devhost.service_bus.message import Message
from devhost.service_bus.message_content import parse
from devhost.service_bus.namespace import EntityNode
from devhost.service_bus.nodes import QueueNode
from devhost.service_bus.queue_core import DESCRIPTION, REASON
from devhost.service_bus.requests import Request, encode_response

_OK, _NO_CONTENT = 200, 204
_MAX_PEEKED = 250  # messages in one answer, so that it stays far below the largest frame
_PREFIX = "com.microsoft:"
_EMPTY = encode.map_of([])

Answer = tuple[int, bytes]
T = TypeVar("T")


class ManagementNode:
    def __init__(self, node: EntityNode) -> None:
        self._node = node

    def answer(self, request: Request) -> Callable[[], bytes]:
        """Handle a request; what is returned encodes the response, once the change is durable."""
        try:
            finish = self._handle(request)
        except (ServiceBusError, DecodeError) as problem:
            failure = _failure(request, problem)
            return lambda: failure
        return lambda: _success(request, *finish())

    def _handle(self, request: Request) -> Callable[[], Answer]:
        operation = request.properties.get("operation")
        if not isinstance(request.body, dict):
            raise InvalidRequestError("The body of a management request must be a map.")
        match str(operation).removeprefix(_PREFIX):
            case "schedule-message":
                return self._schedule(request.body)
            case "cancel-scheduled-message":
                return self._cancel(request.body)
            case "peek-message":
                return self._peek(request.body)
            case "renew-lock":
                return self._renew(request.body)
            case "update-disposition":
                return self._settle(request.body)
            case "receive-by-sequence-number":
                return self._receive_deferred(request.body)
        raise UnsupportedError(f"The operation {operation!r} is not supported by this broker.")

    @property
    def _queue(self) -> QueueNode:
        if not isinstance(self._node, QueueNode):
            raise InvalidRequestError(f"'{self._node.path}' is a topic; receive from one of its subscriptions.")
        return self._node

    def _schedule(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        self._node.check_accepts()
        contents = [parse(_field(entry, "message", bytes)) for entry in _items(body, "messages", dict)]
        if any(content.scheduled_at is None for content in contents):
            raise InvalidRequestError("A scheduled message needs the annotation x-opt-scheduled-enqueue-time.")
        sequences = self._node.publish(contents)
        return lambda: (_OK, _map("sequence-numbers", encode.array_of_longs(sequences)))

    def _cancel(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        self._node.cancel_scheduled(_items(body, "sequence-numbers", int))
        return _done

    def _peek(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        queue, first, most = self._queue, _field(body, "from-sequence-number", int), _field(body, "message-count", int)

        def peek() -> Answer:
            peeked = queue.core.peek(first, min(most, _MAX_PEEKED))
            if not peeked:
                return _NO_CONTENT, _EMPTY
            entries = [_map("message", encode.binary(message.encoded(peeked=True))) for message in peeked]
            return _OK, _map("messages", encode.list_of(entries))

        return peek

    def _renew(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        ends = [self._queue.core.renew(token.bytes_le) for token in _items(body, "lock-tokens", UUID)]
        return lambda: (_OK, _map("expirations", encode.array_of_timestamps(int(end * 1000) for end in ends)))

    def _settle(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        core = self._queue.core
        status = _field(body, "disposition-status", str)
        modified = {str(key): value for key, value in (body.get("properties-to-modify") or {}).items()}
        reason = {REASON: body.get("deadletter-reason"), DESCRIPTION: body.get("deadletter-description")}
        dead_letter = modified | {key: text for key, text in reason.items() if text is not None}
        for token in (token.bytes_le for token in _items(body, "lock-tokens", UUID)):
            match status:
                case "completed":
                    core.complete(token)
                case "abandoned":
                    core.abandon(token, modified)
                case "defered":
                    core.defer(token, modified)
                case "suspended":
                    core.dead_letter(token, dead_letter)
                case _:
                    raise InvalidRequestError(f"'{status}' is no disposition status.")
        return _done

    def _receive_deferred(self, body: dict[Any, Any]) -> Callable[[], Answer]:
        core, sequences = self._queue.core, _items(body, "sequence-numbers", int)
        deletes = body.get("receiver-settle-mode", 1) == 0
        messages = core.remove_deferred(sequences) if deletes else core.lock_deferred(sequences)
        entries = [_received(message) for message in messages]
        return lambda: (_OK, _map("messages", encode.list_of(entries)))


def _received(message: Message) -> bytes:
    pairs = [(encode.string("message"), encode.binary(message.encoded()))]
    if message.lock_token is not None:
        pairs.append((encode.string("lock-token"), encode.uuid(UUID(bytes_le=message.lock_token))))
    return encode.map_of(pairs)


def _map(name: str, value: bytes) -> bytes:
    return encode.map_of([(encode.string(name), value)])


def _done() -> Answer:
    return _OK, _EMPTY


def _field(body: dict[Any, Any], name: str, kind: type[T]) -> T:
    value = body.get(name)
    if not isinstance(value, kind):
        raise InvalidRequestError(f"The request needs '{name}' as {kind.__name__}.")
    return value


def _items(body: dict[Any, Any], name: str, kind: type[T]) -> list[T]:
    items = _field(body, name, list)
    if not all(isinstance(item, kind) for item in items):
        raise InvalidRequestError(f"Each of '{name}' must be {kind.__name__}.")
    return items


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
    return encode_response(request, properties, _EMPTY)
