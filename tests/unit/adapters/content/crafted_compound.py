"""Compound files ([MS-CFB]) built here, with storages, short streams and tables as programs write them."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096


def compound(  # noqa: PLR0915 one layout, from its first byte to its last
    streams: Mapping[str, bytes],
    *,
    class_id: bytes = bytes(16),
    more_table_sectors: int = 0,
    padding: int = 0,
) -> bytes:
    """Return a compound file. Slashes in the names of streams divide storages; a name that ends with one is a storage.

    `more_table_sectors` are allocated without need, as Office does; `padding` are free sectors.
    """
    names, kinds, parents, contents = ["Root Entry"], [5], [-1], [b""]
    numbers = {"": 0}
    for path, content in streams.items():
        *storages, name = path.split("/")
        above = ""
        for storage in storages:
            here = f"{above}/{storage}"
            if here not in numbers:
                numbers[here] = len(names)
                names.append(storage)
                kinds.append(1)
                parents.append(numbers[above])
                contents.append(b"")
            above = here
        if name:
            numbers[f"{above}/{name}"] = len(names)
            names.append(name)
            kinds.append(2)
            parents.append(numbers[above])
            contents.append(content)
    mini, mini_table, starts = b"", list[int](), [_END] * len(names)
    for number, content in enumerate(contents):
        if content and len(content) < _CUTOFF:
            starts[number] = len(mini_table)
            count = -(-len(content) // _MINI)
            mini_table += [*range(len(mini_table) + 1, len(mini_table) + count), _END]
            mini += content.ljust(count * _MINI, b"\0")
    table: list[int] = []
    body = b""

    def add(content: bytes) -> int:
        nonlocal body
        start, count = len(table), -(-len(content) // _SECTOR)
        table.extend([*range(start + 1, start + count), _END] if count else [])
        body += content.ljust(count * _SECTOR, b"\0")
        return start if count else _END

    for number, content in enumerate(contents):
        if len(content) >= _CUTOFF:
            starts[number] = add(content)
    starts[0] = add(mini)
    mini_start = add(struct.pack(f"<{len(mini_table)}I", *mini_table))
    directory = b""
    for number, name in enumerate(names):
        below = [each for each, parent in enumerate(parents) if parent == number]
        beside = [each for each, parent in enumerate(parents) if parent == parents[number] and each > number]
        text = name.encode("utf-16-le") + b"\0\0"
        child, right = (below or [_FREE])[0], (beside or [_FREE])[0] if number else _FREE
        size = len(mini) if number == 0 else len(contents[number])
        directory += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kinds[number], 1, _FREE, right, child)
        directory += (class_id if number == 0 else bytes(16)) + bytes(20) + struct.pack("<IQ", starts[number], size)
    directory_start = add(directory)
    table += [_FREE] * padding
    body += bytes(padding * _SECTOR)
    needed = 1
    while needed * 128 < len(table) + needed + more_table_sectors:
        needed += 1
    needed += more_table_sectors
    first = len(table)
    table += [_TABLE] * needed
    table += [_FREE] * (needed * 128 - len(table))
    body += struct.pack(f"<{len(table)}I", *table)
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, needed, directory_start, 0, _CUTOFF, mini_start, 1, _END, 0)
    return header + struct.pack("<109I", *range(first, first + needed), *[_FREE] * (109 - needed)) + body


def records(*each: tuple[int, bytes]) -> bytes:
    """Return records of a workbook ([MS-XLS] 2.1.4)."""
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in each)


def atoms(*each: tuple[int, int, bytes]) -> bytes:
    """Return records of a presentation ([MS-PPT] 2.3.1)."""
    return b"".join(struct.pack("<HHI", version, kind, len(body)) + body for version, kind, body in each)


def package(name: bytes, content: bytes) -> bytes:
    """Return a packed file, as it lies in the stream `Ole10Native`."""
    inside = b"\x02\0" + name + b"\0C:\\" + name + b"\0\0\0\x03\0" + struct.pack("<I", len(name) + 4)
    inside += b"C:\\" + name + b"\0" + struct.pack("<I", len(content)) + content
    return struct.pack("<I", len(inside)) + inside


def properties(named: Mapping[str, str]) -> bytes:
    """Return a stream of a document's own properties ([MS-OLEPS] 2.21)."""
    dictionary = struct.pack("<I", len(named))
    values: list[bytes] = []
    for number, (name, value) in enumerate(named.items(), 2):
        dictionary += struct.pack("<II", number, len(name) + 1) + name.encode() + b"\0"
        text = value.encode("utf-16-le") + b"\0\0"
        values.append(struct.pack("<II", 0x1F, len(text) // 2) + text + bytes(-len(text) % 4))
    count = 2 + len(named)
    at = 8 + 8 * count
    places, body = list[tuple[int, int]](), b""
    dictionary += bytes(-len(dictionary) % 4)
    for number, content in [(0, dictionary), (1, struct.pack("<IHH", 2, 1252, 0)), *enumerate(values, 2)]:
        places.append((number, at + len(body)))
        body += content
    rows = b"".join(struct.pack("<II", *place) for place in places)
    section = struct.pack("<II", at + len(body), count) + rows + body
    first = struct.pack("<II", 8, 0)
    return struct.pack("<HHI16xI16xI16xI", 0xFFFE, 0, 0, 2, 68, 68 + len(first)) + first + section
