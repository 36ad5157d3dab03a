"""A message in a queue, and the bytes that a receiver gets."""

from __future__ import annotations

from enum import IntEnum

from devhost.service_bus.amqp import encode
from devhost.service_bus.queues.message_content import MAX_HEADER_TTL, MESSAGE_ANNOTATIONS, MessageContent, header

_SEQUENCE_NUMBER = encode.symbol("x-opt-sequence-number")
_ENQUEUED_TIME = encode.symbol("x-opt-enqueued-time")
_LOCKED_UNTIL = encode.symbol("x-opt-locked-until")
_MESSAGE_STATE = encode.symbol("x-opt-message-state")


class MessageState(IntEnum):
    """The values of the annotation `x-opt-message-state`."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2


class Message:
    """A message in a queue. Times are in Unix seconds of host time, `locked_until` in real time."""

    __slots__ = (
        "content",
        "delivery_count",
        "due",
        "enqueued_at",
        "expires_at",
        "lock_token",
        "locked_until",
        "sequence",
        "state",
    )

    def __init__(
        self,
        sequence: int,
        content: MessageContent,
        enqueued_at: float,
        *,
        state: MessageState = MessageState.ACTIVE,
        expires_at: float | None = None,
        due: float | None = None,
        delivery_count: int = 0,
    ) -> None:
        self.sequence = sequence
        self.content = content
        self.enqueued_at = enqueued_at
        self.state = state
        self.expires_at = expires_at
        self.due = due  # when a scheduled message becomes active
        self.delivery_count = delivery_count  # failed deliveries so far
        self.lock_token: bytes | None = None  # 16 bytes: the GUID in little-endian order, as delivery tags carry it
        self.locked_until = 0.0

    def encode(self, *, peeked: bool = False) -> bytes:
        """Encode the message with the annotations of Service Bus for a receiver, or for a peek if `peeked`."""
        content = self.content
        annotations = [
            content.annotations,
            _SEQUENCE_NUMBER,
            encode.long(self.sequence),
            _ENQUEUED_TIME,
            encode.timestamp(int(self.enqueued_at * 1000)),
        ]
        count = content.annotation_count + 4
        if self.lock_token is not None and not peeked:
            annotations += (_LOCKED_UNTIL, encode.timestamp(int(self.locked_until * 1000)))
            count += 2
        if peeked or self.state is not MessageState.ACTIVE:
            annotations += (_MESSAGE_STATE, encode.int32(self.state))
            count += 2
        return b"".join(
            (
                header(content.durable, content.priority, self._header_ttl(), self.delivery_count),
                encode.described(MESSAGE_ANNOTATIONS, encode.map_from(b"".join(annotations), count)),
                content.properties,
                content.application_properties,
                content.body,
            )
        )

    def _header_ttl(self) -> int | None:
        """Return the milliseconds from enqueuing to expiry, None if the header's field is too small for them."""
        if self.expires_at is None:
            return None
        ttl = round((self.expires_at - (self.due or self.enqueued_at)) * 1000)
        return ttl if ttl <= MAX_HEADER_TTL else None
