"""An encoded message (AMQP part 3.2), parsed as far as a broker needs; the rest stays as the sender's bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from devhost.service_bus.amqp import encode
from devhost.service_bus.amqp.decode import decode
from devhost.service_bus.amqp.spans import map_entries, map_pairs, skip
from devhost.service_bus.amqp.values import DecodeError

HEADER, DELIVERY_ANNOTATIONS, MESSAGE_ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES = range(0x70, 0x75)
DATA, SEQUENCE, VALUE, FOOTER = range(0x75, 0x79)

PROPERTY_NAMES = (
    "message-id",
    "user-id",
    "to",
    "subject",
    "reply-to",
    "correlation-id",
    "content-type",
    "content-encoding",
    "absolute-expiry-time",
    "creation-time",
    "group-id",
    "group-sequence",
    "reply-to-group-id",
)
MAX_HEADER_TTL = 2**32 - 1  # milliseconds; the header's field is a uint

_SECTION_TYPES: dict[int, type] = {
    HEADER: list,
    MESSAGE_ANNOTATIONS: dict,
    PROPERTIES: list,
    APPLICATION_PROPERTIES: dict,
    DATA: bytes,
    SEQUENCE: list,
}
_LATEST_TIME = 253402300799999  # milliseconds; end of the year 9999, as in .NET and Python

SCHEDULED_TIME = "x-opt-scheduled-enqueue-time"
# Only the broker sets these. Clients send them back with a received message that they resend.
BROKER_ANNOTATIONS = frozenset(
    (
        "x-opt-sequence-number",
        "x-opt-enqueued-time",
        "x-opt-locked-until",
        "x-opt-enqueue-sequence-number",
        "x-opt-message-state",
        "x-opt-deadletter-source",
        "x-opt-lock-token",
    )
)


class MessageContent(NamedTuple):
    """The content of a sender's message. Sections are whole and encoded; annotations are the map's encoded entries."""

    durable: bool | None = None
    priority: int | None = None
    ttl: float | None = None  # seconds
    annotations: bytes = b""
    annotation_count: int = 0
    properties: bytes = b""
    application_properties: bytes = b""
    body: bytes = b""
    message_id: str | None = None
    session_id: str | None = None
    scheduled_at: float | None = None  # Unix seconds

    def encode(self) -> bytes:
        """Encode the message for `parse`."""
        ttl = None if self.ttl is None else min(round(self.ttl * 1000), MAX_HEADER_TTL)
        return b"".join(
            (
                header(self.durable, self.priority, ttl, None),
                encode.described(MESSAGE_ANNOTATIONS, encode.map_from(self.annotations, self.annotation_count)),
                self.properties,
                self.application_properties,
                self.body,
            )
        )

    def with_application_properties(self, changes: Mapping[str, Any]) -> MessageContent:
        """Return the content with these properties set. All others keep their encoding."""
        if not changes:
            return self
        kept: list[bytes] = []
        if self.application_properties:
            pairs = map_pairs(*map_entries(self.application_properties, 3))
            kept = [pair for key, pair in pairs if key not in changes]
        added = [encode.string(str(key)) + encode.value(value) for key, value in changes.items()]
        entries = kept + added
        section = encode.described(APPLICATION_PROPERTIES, encode.map_from(b"".join(entries), 2 * len(entries)))
        return self._replace(application_properties=section)


def parse(encoded: bytes) -> MessageContent:
    """Read an encoded message; its sections may come in any order. Raises DecodeError."""
    durable = priority = ttl = message_id = session_id = scheduled_at = None
    annotations, annotation_count = b"", 0
    properties = application_properties = b""
    body: list[bytes] = []
    for code, section in sections(encoded):
        value = _checked_value(code, section)
        if code == HEADER:
            durable, priority, ttl = _header_fields(value)
        elif code == MESSAGE_ANNOTATIONS:
            scheduled_at = _scheduled_at(value)
            annotations, annotation_count = _client_annotations(section, value)
        elif code == PROPERTIES:
            properties = section
            message_id, session_id = _text_or_none(value, 0), _text_or_none(value, 10)
        elif code == APPLICATION_PROPERTIES:
            application_properties = section
        elif code != DELIVERY_ANNOTATIONS:
            body.append(section)
    return MessageContent(
        durable,
        priority,
        ttl,
        annotations,
        annotation_count,
        properties,
        application_properties,
        b"".join(body),
        message_id,
        session_id,
        scheduled_at,
    )


def parse_batch(encoded: bytes) -> list[MessageContent]:
    """Read the messages of a batch: one from each data section of the envelope. Raises DecodeError."""
    return [parse(decode(section, 3)[0]) for code, section in sections(encoded) if code == DATA]


def sections(encoded: bytes) -> list[tuple[int, bytes]]:
    """Return the code and bytes of each section, descriptor included. Raises DecodeError."""
    found: list[tuple[int, bytes]] = []
    position = 0
    while position < len(encoded):
        if encoded[position : position + 2] != b"\x00\x53":
            raise DecodeError(f"no message section at byte {position}")
        end = skip(encoded, position + 3)
        code = encoded[position + 2]
        if not HEADER <= code <= FOOTER:
            raise DecodeError(f"unknown message section {code:#04x} at byte {position}")
        found.append((code, encoded[position:end]))
        position = end
    return found


def header(durable: bool | None, priority: int | None, ttl: int | None, delivery_count: int | None) -> bytes:
    """Encode the header section; `ttl` is in milliseconds."""
    fields = [
        encode.boolean(durable),
        encode.ubyte(priority),
        encode.uint(ttl),
        encode.NULL,
        encode.uint(delivery_count),
    ]
    return encode.described(HEADER, encode.list_of(fields))


def _checked_value(code: int, section: bytes) -> Any:
    """Decode all of a section, so that a message that receivers could not decode is refused when it is sent."""
    value, _ = decode(section, 3)
    expected = _SECTION_TYPES.get(code)
    if expected is not None and not isinstance(value, expected):
        raise DecodeError(f"message section {code:#04x} cannot be {type(value).__name__}")
    return value


def _header_fields(fields: list[Any]) -> tuple[bool | None, int | None, float | None]:
    durable, priority, ttl = (*fields, None, None, None)[:3]
    if not isinstance(durable, bool | None) or not _within(priority, 255) or not _within(ttl, MAX_HEADER_TTL):
        raise DecodeError("a message header with fields of the wrong type")
    return durable, priority, None if ttl is None else ttl / 1000


def _within(value: object, most: int) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value <= most)


def _scheduled_at(annotations: dict[Any, Any]) -> float | None:
    scheduled = annotations.get(SCHEDULED_TIME)
    if not _within(scheduled, _LATEST_TIME):
        raise DecodeError(f"{SCHEDULED_TIME} must be a timestamp up to the year 9999")
    return None if scheduled is None else scheduled / 1000


def _client_annotations(section: bytes, annotations: dict[Any, Any]) -> tuple[bytes, int]:
    """Return the encoded entries without those that only the broker sets, and the number of their items."""
    entries, count = map_entries(section, 3)
    if BROKER_ANNOTATIONS.isdisjoint(annotations):
        return entries, count
    kept = [pair for key, pair in map_pairs(entries, count) if key not in BROKER_ANNOTATIONS]
    return b"".join(kept), 2 * len(kept)


def _text_or_none(fields: list[Any], index: int) -> str | None:
    if index >= len(fields) or fields[index] is None:
        return None
    value = fields[index]
    return value.hex() if isinstance(value, bytes) else str(value)
