"""Framing of AMQP 1.0 (part 2.3): protocol headers and frames in a byte stream."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from devhost.service_bus.amqp.values import AmqpError

_HEAD = struct.Struct(">IBBH")  # size, data offset in 4-byte words, type, channel
_HEADER_SIZE = 8


class ProtocolHeader(Enum):
    """The first bytes of a peer: the protocol of the AMQP family that it will use, in version 1.0.0."""

    AMQP = b"AMQP\x00\x01\x00\x00"
    SASL = b"AMQP\x03\x01\x00\x00"


class FrameType(Enum):
    AMQP = 0
    SASL = 1


class Frame(NamedTuple):
    """A frame. With an empty body it is a heartbeat."""

    type: FrameType
    channel: int
    body: bytes


def encode_frame(channel: int, body: bytes, frame_type: FrameType = FrameType.AMQP) -> bytes:
    return _HEAD.pack(len(body) + _HEADER_SIZE, 2, frame_type.value, channel) + body


class FrameReader:
    """A buffer of received bytes. It never holds more than one frame of `max_frame_size`."""

    def __init__(self, max_frame_size: int) -> None:
        self._max_frame_size = max_frame_size
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[ProtocolHeader | Frame]:
        """Yield what is complete with `data`. Raises AmqpError if the bytes are no frame or one over the size limit."""
        self._buffer += data
        position = 0
        try:
            while len(self._buffer) - position >= _HEADER_SIZE:
                size, item = self._next(position)
                if item is None:
                    break
                position += size
                yield item
        finally:
            del self._buffer[:position]

    def _next(self, position: int) -> tuple[int, ProtocolHeader | Frame | None]:
        if self._buffer.startswith(b"AMQP", position):
            raw = bytes(self._buffer[position : position + _HEADER_SIZE])
            try:
                return _HEADER_SIZE, ProtocolHeader(raw)
            except ValueError as error:
                raise AmqpError("amqp:connection:framing-error", f"unsupported protocol {raw!r}") from error
        size, data_offset, type_code, channel = _HEAD.unpack_from(self._buffer, position)
        if not _HEADER_SIZE <= size <= self._max_frame_size:
            raise AmqpError(
                "amqp:connection:framing-error",
                f"a frame of {size} bytes; this peer accepts up to {self._max_frame_size}",
            )
        if not 2 <= data_offset <= size // 4 or type_code not in (0, 1):
            raise AmqpError("amqp:connection:framing-error", f"bad frame head: offset {data_offset}, type {type_code}")
        if len(self._buffer) - position < size:
            return size, None
        with memoryview(self._buffer) as view:
            body = bytes(view[position + 4 * data_offset : position + size])
        return size, Frame(FrameType(type_code), channel, body)
