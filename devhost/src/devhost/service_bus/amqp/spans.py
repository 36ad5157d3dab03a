"""The bounds of encoded values, by which they can be kept and spliced without being decoded."""

from __future__ import annotations

import struct
from typing import Any

from devhost.service_bus.amqp.decode import MAX_DEPTH, decode
from devhost.service_bus.amqp.values import DecodeError

_U32 = struct.Struct(">I")
_DESCRIBED = 0x00
_EMPTY_LIST = 0x45
_WIDTHS = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}  # by the constructor's upper half
_ONE_BYTE_SIZE = (0xA, 0xC, 0xE)
_FOUR_BYTE_SIZE = (0xB, 0xD, 0xF)


def skip(buffer: bytes, position: int) -> int:
    """Return the position after the value that starts at `position`, without decoding it. Raises DecodeError."""
    try:
        end = _skip(buffer, position)
    except (IndexError, struct.error) as error:
        raise DecodeError(f"truncated value at byte {position}") from error
    if end > len(buffer):
        raise DecodeError(f"the value at byte {position} ends after the data")
    return end


def list_items(buffer: bytes, position: int) -> list[bytes]:
    """Return the items of the list at `position`, each still encoded. Raises DecodeError."""
    if buffer[position : position + 1] == bytes((_EMPTY_LIST,)):
        return []
    return _split(*_compound(buffer, position, 0xC0, 0xD0))


def map_entries(buffer: bytes, position: int) -> tuple[bytes, int]:
    """Return the encoded keys and values of the map at `position`, and how many there are. Raises DecodeError."""
    entries, count = _compound(buffer, position, 0xC1, 0xD1)
    if count % 2:
        raise DecodeError(f"the map at byte {position} has a key without a value")
    return entries, count


def map_pairs(entries: bytes, count: int) -> list[tuple[Any, bytes]]:
    """Return each decoded key with its encoded pair, from the result of `map_entries`. Raises DecodeError."""
    pieces = _split(entries, count)
    return [(decode(key)[0], key + value) for key, value in zip(pieces[::2], pieces[1::2], strict=True)]


def _skip(buffer: bytes, position: int) -> int:
    for _ in range(MAX_DEPTH):
        if buffer[position] != _DESCRIBED:
            return _skip_undescribed(buffer, position)
        position = _skip_undescribed(buffer, position + 1)
    raise DecodeError(f"values nested deeper than {MAX_DEPTH}")


def _skip_undescribed(buffer: bytes, position: int) -> int:
    kind = buffer[position] >> 4
    width = _WIDTHS.get(kind)
    if width is not None:
        return position + 1 + width
    if kind in _ONE_BYTE_SIZE:
        return position + 2 + buffer[position + 1]
    if kind in _FOUR_BYTE_SIZE:
        return position + 5 + _U32.unpack_from(buffer, position + 1)[0]
    raise DecodeError(f"unknown constructor {buffer[position]:#04x} at byte {position}")


def _compound(buffer: bytes, position: int, small: int, large: int) -> tuple[bytes, int]:
    end = skip(buffer, position)
    code = buffer[position]
    if code == small and end >= position + 3:
        return buffer[position + 3 : end], buffer[position + 2]
    if code == large and end >= position + 9:
        return buffer[position + 9 : end], _U32.unpack_from(buffer, position + 5)[0]
    raise DecodeError(f"constructor {code:#04x} at byte {position} where {large:#04x} was expected")


def _split(items: bytes, count: int) -> list[bytes]:
    if count > len(items):
        raise DecodeError(f"{count} items in {len(items)} bytes")
    pieces: list[bytes] = []
    position = 0
    for _ in range(count):
        end = skip(items, position)
        pieces.append(items[position:end])
        position = end
    return pieces
