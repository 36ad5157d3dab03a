"""The names in a PDF object, by the lexical rules of ISO 32000-2, 7.2 and 7.3: outside of strings and comments.

No syntax is parsed, so an object that no parser takes is searched like any other. Names are never encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_NEXT: Final = re.compile(rb"%[^\r\n]*|\(|/([^\x00\t\n\f\r ()<>\[\]{}/%]*)|\b(?:endobj|stream)\b")
_IN_STRING: Final = re.compile(rb"\\.|[()]", re.DOTALL)
# Bounded, because in long runs of digits the end would be looked for from each of them.
REFERENCE: Final = re.compile(rb"(?<!\d)(\d{1,10})\s{1,9}\d{1,5}\s{1,9}R\b")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME_WITH_ESCAPES: Final = re.compile(rb"/[^\x00\t\n\f\r ()<>\[\]{}/%]*#[^\x00\t\n\f\r ()<>\[\]{}/%]*")
_IN_LITERAL: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPES: Final = {
    **{b"n": b"\n", b"r": b"\r", b"t": b"\t"},
    **{b"%0*o" % (width, code): bytes([code]) for code in range(256) for width in (1, 2, 3)},
}


def names_of(content: bytes, *, several: bool = False) -> tuple[frozenset[bytes], bool]:
    """Return the names in an object, without slashes, and whether its end was found.

    It ends with the word `endobj`, or with `stream` before its bytes; `several` have no such ends in an object stream.
    """
    names: set[bytes] = set()
    at = 0
    while found := _NEXT.search(content, at):
        at = found.end()
        match content[found.start() : found.start() + 1]:
            case b"/":
                names.add(_ESCAPED.sub(_character, found[1]))
            case b"(":
                at = _end_of_string(content, at)
            case b"e" | b"s" if not several:
                return frozenset(names), True
            case _:
                pass
    return frozenset(names), several


def references_in(content: bytes, key: bytes) -> Iterator[int]:
    """Yield the numbers of the objects that the value of a key refers to, itself or in its own array or dictionary."""
    value = rb"/" + key + rb"\s*(?:\[([^\]]*)\]|<<(.*?)>>|(\d+\s+\d+\s+R))"
    for found in re.finditer(value, content, re.DOTALL):
        for number in REFERENCE.finditer(next(group for group in found.groups() if group is not None)):
            yield int(number[1])


def unescaped(content: bytes) -> bytes:
    """Return an object with its names written plainly."""
    return _NAME_WITH_ESCAPES.sub(lambda name: _ESCAPED.sub(_character, name[0]), content)


def text_values(pattern: re.Pattern[bytes], content: bytes) -> Iterator[str]:
    """Yield the texts that a pattern finds as a literal string (group 1) or a hexadecimal one (group 2)."""
    for found in pattern.finditer(content):
        if found[2] is not None:
            digits = b"".join(found[2].split())
            raw = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
        else:
            raw = _IN_LITERAL.sub(lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), found[1])
        yield raw[2:].decode("utf-16-be", "replace") if raw.startswith(b"\xfe\xff") else raw.decode("utf-8", "replace")


def _character(escaped: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escaped[1].decode())


def _end_of_string(content: bytes, at: int) -> int:
    depth = 1
    while found := _IN_STRING.search(content, at):
        at = found.end()
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if not depth:
            return at
    return len(content)
