"""Requests and responses over a pair of links, as `$cbs` and `$management` use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.amqp.spans import list_items
from devhost.service_bus.amqp.values import DecodeError
from devhost.service_bus.message_content import APPLICATION_PROPERTIES, PROPERTIES, VALUE, sections

_MESSAGE_ID, _REPLY_TO = 0, 4


class Request(NamedTuple):
    """`message_id` is the encoded value: the response must repeat it in the same type."""

    message_id: bytes
    reply_to: str | None
    properties: Mapping[str, Any]
    body: Any


def parse_request(payload: bytes) -> Request:
    """Raises DecodeError."""
    message_id, reply_to, properties, body = encode.NULL, None, {}, None
    for code, section in sections(payload):
        if code == PROPERTIES:
            items = list_items(section, 3)
            message_id = items[_MESSAGE_ID] if items else encode.NULL
            reply_to = decode(items[_REPLY_TO])[0] if len(items) > _REPLY_TO else None
        elif code == APPLICATION_PROPERTIES:
            properties, _ = decode(section, 3)
        elif code == VALUE:
            body, _ = decode(section, 3)
    if not isinstance(properties, dict):
        raise DecodeError("application properties that are no map")
    return Request(message_id, reply_to, properties, body)


def encode_response(request: Request, properties: Mapping[str, bytes], body: bytes = encode.NULL) -> bytes:
    """The message that answers a request; properties and body are encoded values."""
    correlated = encode.list_of([encode.NULL] * 5 + [request.message_id])
    entries = encode.map_of((encode.string(name), value) for name, value in properties.items())
    return b"".join(
        (
            encode.described(PROPERTIES, correlated),
            encode.described(APPLICATION_PROPERTIES, entries),
            encode.described(VALUE, body),
        )
    )
