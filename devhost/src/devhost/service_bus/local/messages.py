"""Convert messages that the host itself sends or receives to and from AMQP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from devhost.ports import OutgoingMessage, ReceivedMessage
from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.amqp.values import Timestamp
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.message_content import DATA, PROPERTIES, PROPERTY_NAMES, MessageContent, sections


def received_message(message: Message) -> ReceivedMessage:
    """Decode a locked message."""
    if message.lock_token is None:
        raise ValueError(f"message {message.sequence} is not locked")
    content = message.content
    properties = _properties(content)
    annotations, _ = decode(encode.map_from(content.annotations, content.annotation_count))
    return ReceivedMessage(
        lock_token=str(UUID(bytes_le=message.lock_token)),
        sequence_number=message.sequence,
        enqueued_time=_moment(message.enqueued_at),
        expires_at=None if message.expires_at is None else _moment(message.expires_at),
        delivery_count=message.delivery_count + 1,
        body=_body(content),
        message_id=content.message_id,
        correlation_id=_text(properties.get("correlation-id")),
        content_type=_text(properties.get("content-type")),
        subject=_text(properties.get("subject")),
        session_id=content.session_id,
        to=_text(properties.get("to")),
        reply_to=_text(properties.get("reply-to")),
        reply_to_session_id=_text(properties.get("reply-to-group-id")),
        partition_key=_text(annotations.get("x-opt-partition-key")),
        application_properties=_application_properties(content),
    )


def outgoing_content(message: OutgoingMessage) -> MessageContent:
    """Encode a message of the host. Raises TypeError if AMQP has no type for an application property."""
    given = {
        "message-id": message.message_id,
        "subject": message.subject,
        "correlation-id": message.correlation_id,
        "group-id": message.session_id,
    }
    fields = [
        encode.symbol(message.content_type) if name == "content-type" else encode.string(given.get(name))
        for name in PROPERTY_NAMES
    ]
    content = MessageContent(
        properties=encode.described(PROPERTIES, encode.list_of(fields)),
        body=encode.described(DATA, encode.binary(message.body)),
        message_id=message.message_id,
        session_id=message.session_id,
    )
    return content.with_application_properties(message.application_properties)


def _properties(content: MessageContent) -> Mapping[str, Any]:
    if not content.properties:
        return {}
    fields, _ = decode(content.properties, 3)
    return dict(zip(PROPERTY_NAMES, fields, strict=False))


def _application_properties(content: MessageContent) -> Mapping[str, Any]:
    if not content.application_properties:
        return {}
    properties, _ = decode(content.application_properties, 3)
    return {
        str(name): _moment(value / 1000) if isinstance(value, Timestamp) else value
        for name, value in properties.items()
    }


def _body(content: MessageContent) -> bytes:
    """Return the bytes of data sections, a text value as UTF-8, or any other value or sequence as JSON."""
    parts = [(code, decode(section, 3)[0]) for code, section in sections(content.body)]
    if all(code == DATA for code, _ in parts):
        return b"".join(data for _, data in parts)
    values = [value for _, value in parts]
    value = values[0] if len(values) == 1 else values
    if isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else json.dumps(value, default=str).encode()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
