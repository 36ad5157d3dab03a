"""Decoder of AMQP 1.0 values (part 1 of the standard), bounded so that hostile bytes cost no more than their length.

Signed, unsigned and floating types of all widths become `int` and `float`; decimals stay raw bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any
from uuid import UUID

from devhost.service_bus.amqp.values import DecodeError, Described, Symbol, Timestamp

MAX_DEPTH = 32

type_decoders: dict[int, Callable[[bytes, int, int], tuple[Any, int]]] = {}

_U32 = struct.Struct(">I")
_DESCRIBED = 0x00
_EMPTY_LIST = 0x45


def decode(buffer: bytes, position: int = 0) -> tuple[Any, int]:
    """Return the value that starts at `position` and the position after it. Raises DecodeError."""
    try:
        return _value(buffer, position, 0)
    except (IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise DecodeError(f"malformed value at byte {position}: {error}") from error
    except TypeError as error:
        raise DecodeError(f"a map at or after byte {position} has an unusable key: {error}") from error


def _value(buffer: bytes, position: int, depth: int) -> tuple[Any, int]:
    return type_decoders[buffer[position]](buffer, position + 1, depth)


def _deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise DecodeError(f"values nested deeper than {MAX_DEPTH}")
    return depth + 1


def _described(buffer: bytes, position: int, depth: int) -> tuple[Any, int]:
    depth = _deeper(depth)
    descriptor, position = _value(buffer, position, depth)
    value, position = _value(buffer, position, depth)
    return Described(descriptor, value), position


def _constant(value: Any) -> Callable[[bytes, int, int], tuple[Any, int]]:
    return lambda _buffer, position, _depth: (value, position)


def _fixed_width(
    layout: str, convert: Callable[[Any], Any] | None = None
) -> Callable[[bytes, int, int], tuple[Any, int]]:
    codec = struct.Struct(">" + layout)
    width = codec.size

    def decode_plain(buffer: bytes, position: int, _depth: int) -> tuple[Any, int]:
        return codec.unpack_from(buffer, position)[0], position + width

    def decode_and_convert(buffer: bytes, position: int, _depth: int) -> tuple[Any, int]:
        return convert(codec.unpack_from(buffer, position)[0]), position + width  # pyright: ignore[reportOptionalCall]

    return decode_plain if convert is None else decode_and_convert


def _variable_width(large: bool, convert: Callable[[bytes], Any]) -> Callable[[bytes, int, int], tuple[Any, int]]:
    def decoder(buffer: bytes, position: int, _depth: int) -> tuple[Any, int]:
        if large:
            size, start = _U32.unpack_from(buffer, position)[0], position + 4
        else:
            size, start = buffer[position], position + 1
        end = start + size
        if end > len(buffer):
            raise DecodeError(f"{size} bytes announced at byte {position}, {len(buffer) - start} present")
        return convert(buffer[start:end]), end

    return decoder


def _bounds(buffer: bytes, position: int, large: bool) -> tuple[int, int, int]:
    """Return the number of items of a list, map or array, and the positions where they start and end."""
    if large:
        end = position + 4 + _U32.unpack_from(buffer, position)[0]
        count, start = _U32.unpack_from(buffer, position + 4)[0], position + 8
    else:
        end, count, start = position + 1 + buffer[position], buffer[position + 1], position + 2
    if not start <= end <= len(buffer) or count > end - start:
        raise DecodeError(f"{count} items at byte {position} do not fit their announced size")
    return count, start, end


def _check_end(position: int, end: int) -> int:
    if position != end:
        raise DecodeError(f"items end at byte {position}, their announced size at byte {end}")
    return end


def _list(large: bool) -> Callable[[bytes, int, int], tuple[list[Any], int]]:
    def decoder(buffer: bytes, position: int, depth: int) -> tuple[list[Any], int]:
        depth = _deeper(depth)
        count, position, end = _bounds(buffer, position, large)
        items: list[Any] = []
        for _ in range(count):
            item, position = type_decoders[buffer[position]](buffer, position + 1, depth)
            items.append(item)
        return items, _check_end(position, end)

    return decoder


def _map(large: bool) -> Callable[[bytes, int, int], tuple[dict[Any, Any], int]]:
    def decoder(buffer: bytes, position: int, depth: int) -> tuple[dict[Any, Any], int]:
        depth = _deeper(depth)
        count, position, end = _bounds(buffer, position, large)
        if count % 2:
            raise DecodeError(f"the map at byte {position} has a key without a value")
        entries: dict[Any, Any] = {}
        for _ in range(count // 2):
            key, position = _value(buffer, position, depth)
            entries[key], position = _value(buffer, position, depth)
        return entries, _check_end(position, end)

    return decoder


def _array(large: bool) -> Callable[[bytes, int, int], tuple[list[Any], int]]:
    def decoder(buffer: bytes, position: int, depth: int) -> tuple[list[Any], int]:
        depth = _deeper(depth)
        count, position, end = _bounds(buffer, position, large)
        code = buffer[position]
        position += 1
        descriptor = None
        if code == _DESCRIBED:
            descriptor, position = _value(buffer, position, depth)
            code = buffer[position]
            position += 1
        item_decoder = type_decoders[code]
        items: list[Any] = []
        for _ in range(count):
            item, position = item_decoder(buffer, position, depth)
            items.append(item if descriptor is None else Described(descriptor, item))
        return items, _check_end(position, end)

    return decoder


def _text(raw: bytes) -> str:
    return str(raw, "utf-8")


def _symbol(raw: bytes) -> Symbol:
    return Symbol(raw, "ascii")


type_decoders.update(
    {
        _DESCRIBED: _described,
        0x40: _constant(None),
        0x41: _constant(True),
        0x42: _constant(False),
        0x43: _constant(0),
        0x44: _constant(0),
        _EMPTY_LIST: lambda _buffer, position, _depth: ([], position),
        0x50: _fixed_width("B"),
        0x51: _fixed_width("b"),
        0x52: _fixed_width("B"),
        0x53: _fixed_width("B"),
        0x54: _fixed_width("b"),
        0x55: _fixed_width("b"),
        0x56: _fixed_width("?"),
        0x60: _fixed_width("H"),
        0x61: _fixed_width("h"),
        0x70: _fixed_width("I"),
        0x71: _fixed_width("i"),
        0x72: _fixed_width("f"),
        0x73: _fixed_width("4s", lambda raw: raw.decode("utf-32-be")),
        0x74: _fixed_width("4s"),
        0x80: _fixed_width("Q"),
        0x81: _fixed_width("q"),
        0x82: _fixed_width("d"),
        0x83: _fixed_width("q", Timestamp),
        0x84: _fixed_width("8s"),
        0x94: _fixed_width("16s"),
        0x98: _fixed_width("16s", lambda raw: UUID(bytes=raw)),
        0xA0: _variable_width(False, bytes),
        0xA1: _variable_width(False, _text),
        0xA3: _variable_width(False, _symbol),
        0xB0: _variable_width(True, bytes),
        0xB1: _variable_width(True, _text),
        0xB3: _variable_width(True, _symbol),
        0xC0: _list(False),
        0xC1: _map(False),
        0xD0: _list(True),
        0xD1: _map(True),
        0xE0: _array(False),
        0xF0: _array(True),
    }
)
