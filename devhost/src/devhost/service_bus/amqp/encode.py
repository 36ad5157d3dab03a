"""Encoders of AMQP 1.0 values (part 1 of the standard). Each returns the bytes of one value. None is AMQP's null."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from devhost.service_bus.amqp.values import Symbol, Timestamp

NULL = b"\x40"
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_I32 = struct.Struct(">i")
_I64 = struct.Struct(">q")
_DOUBLE = struct.Struct(">d")
_INT_MIN, _INT_MAX, _LONG_MAX = -(2**31), 2**31 - 1, 2**63 - 1


def boolean(value: bool | None) -> bytes:
    return NULL if value is None else b"\x41" if value else b"\x42"


def ubyte(value: int | None) -> bytes:
    return NULL if value is None else bytes((0x50, value))


def ushort(value: int | None) -> bytes:
    return NULL if value is None else b"\x60" + value.to_bytes(2)


def uint(value: int | None) -> bytes:
    if value is None:
        return NULL
    if value == 0:
        return b"\x43"
    return bytes((0x52, value)) if value < 256 else b"\x70" + _U32.pack(value)


def ulong(value: int | None) -> bytes:
    if value is None:
        return NULL
    if value == 0:
        return b"\x44"
    return bytes((0x53, value)) if value < 256 else b"\x80" + _U64.pack(value)


def int32(value: int) -> bytes:
    return b"\x71" + _I32.pack(value)


def long(value: int) -> bytes:
    return b"\x81" + _I64.pack(value)


def timestamp(milliseconds: int) -> bytes:
    return b"\x83" + _I64.pack(milliseconds)


def uuid(value: UUID) -> bytes:
    return b"\x98" + value.bytes


def binary(value: bytes | None) -> bytes:
    return NULL if value is None else _variable_width(0xA0, 0xB0, value)


def string(value: str | None) -> bytes:
    return NULL if value is None else _variable_width(0xA1, 0xB1, value.encode())


def symbol(value: str | None) -> bytes:
    return NULL if value is None else _variable_width(0xA3, 0xB3, value.encode("ascii"))


def raw(value: bytes | None) -> bytes:
    """Return a value that is encoded already."""
    return NULL if value is None else value


def list_of(items: list[bytes]) -> bytes:
    return _compound(0xC0, 0xD0, b"".join(items), len(items)) if items else b"\x45"


def map_of(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    entries = [key + value for key, value in pairs]
    return map_from(b"".join(entries), 2 * len(entries))


def map_from(entries: bytes, count: int) -> bytes:
    """Encode a map from its encoded keys and values in turn, `count` of both together."""
    return _compound(0xC1, 0xD1, entries, count)


def array_of_longs(values: Iterable[int]) -> bytes:
    return _array(0x81, [_I64.pack(value) for value in values])


def array_of_timestamps(milliseconds: Iterable[int]) -> bytes:
    return _array(0x83, [_I64.pack(value) for value in milliseconds])


def array_of_symbols(values: Iterable[str]) -> bytes:
    return _array(0xB3, [_U32.pack(len(value)) + value.encode("ascii") for value in values])


def described(code: int, value: bytes) -> bytes:
    """Encode a composite type or message section of the standard. SDKs need its code as a smallulong."""
    return bytes((0x00, 0x53, code)) + value


def value(item: Any) -> bytes:
    """Encode any Python value in its natural AMQP type. Raises TypeError if there is no such type."""
    encoder = _BY_TYPE.get(type(item))
    if encoder is None:
        raise TypeError(f"{type(item).__name__} has no AMQP encoding")
    return encoder(item)


def _variable_width(small: int, large: int, content: bytes) -> bytes:
    size = len(content)
    return (bytes((small, size)) if size < 256 else bytes((large,)) + _U32.pack(size)) + content


def _compound(small: int, large: int, items: bytes, count: int) -> bytes:
    size = len(items)
    if size < 255 and count < 256:
        return bytes((small, size + 1, count)) + items
    return bytes((large,)) + _U32.pack(size + 4) + _U32.pack(count) + items


def _array(constructor: int, items: list[bytes]) -> bytes:
    content = bytes((constructor,)) + b"".join(items)
    return b"\xf0" + _U32.pack(len(content) + 4) + _U32.pack(len(items)) + content


def _integer(item: int) -> bytes:
    if _INT_MIN <= item <= _INT_MAX:
        return int32(item)
    return long(item) if item <= _LONG_MAX else ulong(item)


def _sequence(items: Iterable[Any]) -> bytes:
    return list_of([value(item) for item in items])


def _mapping(items: Mapping[Any, Any]) -> bytes:
    return map_of((value(key), value(item)) for key, item in items.items())


_BY_TYPE: dict[type, Callable[[Any], bytes]] = {
    type(None): boolean,
    bool: boolean,
    int: _integer,
    float: lambda item: b"\x82" + _DOUBLE.pack(item),
    str: string,
    Symbol: symbol,
    bytes: binary,
    UUID: uuid,
    Timestamp: timestamp,
    datetime: lambda item: timestamp(round(item.timestamp() * 1000)),
    list: _sequence,
    tuple: _sequence,
    dict: _mapping,
}
