"""Requests and responses over a pair of links, as `$cbs` and `$management` use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.amqp.spans import list_items
from devhost.service_bus.amqp.values import DecodeError
from devhost.service_bus.errors import InvalidRequestError
from devhost.service_bus.queues.message_content import APPLICATION_PROPERTIES, PROPERTIES, VALUE, sections

Answer = tuple[int, bytes]
"""The status code and the encoded body of a response."""

OK = 200
NO_CONTENT: Answer = (204, encode.map_of([]))
_MESSAGE_ID, _REPLY_TO = 0, 4

T = TypeVar("T")


class Request(NamedTuple):
    """A request. `message_id` stays encoded, because the response must repeat it in the same type."""

    message_id: bytes
    reply_to: str | None
    properties: Mapping[str, Any]
    body: Any


def parse_request(payload: bytes) -> Request:
    """Read a request. Raises DecodeError."""
    message_id, reply_to, properties, body = encode.NULL, None, {}, None
    for code, section in sections(payload):
        if code == PROPERTIES:
            fields = list_items(section, 3)
            message_id = fields[_MESSAGE_ID] if fields else encode.NULL
            reply_to = decode(fields[_REPLY_TO])[0] if len(fields) > _REPLY_TO else None
        elif code == APPLICATION_PROPERTIES:
            properties, _ = decode(section, 3)
        elif code == VALUE:
            body, _ = decode(section, 3)
    if not isinstance(properties, dict):
        raise DecodeError("application properties that are no map")
    return Request(message_id, reply_to, properties, body)


def encode_response(request: Request, properties: Mapping[str, bytes], body: bytes = encode.NULL) -> bytes:
    """Encode the response to a request; properties and body are encoded values."""
    correlated = encode.list_of([encode.NULL] * 5 + [request.message_id])
    entries = encode.map_of((encode.string(name), value) for name, value in properties.items())
    return b"".join(
        (
            encode.described(PROPERTIES, correlated),
            encode.described(APPLICATION_PROPERTIES, entries),
            encode.described(VALUE, body),
        )
    )


def done() -> Answer:
    """Return success without a body."""
    return OK, encode.map_of([])


def one_entry(name: str, value: bytes) -> bytes:
    """Encode a map of one encoded value."""
    return encode.map_of([(encode.string(name), value)])


def field(body: dict[Any, Any], name: str, kind: type[T]) -> T:
    """Return a field of a request's body. Raises InvalidRequestError if it is missing or has another type."""
    value = body.get(name)
    if not isinstance(value, kind):
        raise InvalidRequestError(f"The request needs '{name}' as {kind.__name__}.")
    return value


def items(body: dict[Any, Any], name: str, kind: type[T]) -> list[T]:
    """Return a field that is a list of one type. Raises InvalidRequestError."""
    values = field(body, name, list)
    if not all(isinstance(value, kind) for value in values):
        raise InvalidRequestError(f"Each of '{name}' must be {kind.__name__}.")
    return values
