"""Lines of a JSON text, to say where a member is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")


def line_of(text: str, place: Sequence[str | int]) -> int:
    """Return the line, from 1, of a member of a valid JSON text, or of the nearest one around it that is there."""
    at = _BLANK.match(text).end()  # pyright: ignore[reportOptionalMemberAccess] - it matches everywhere
    for step in place:
        inner = _value_of(text, at, step)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _value_of(text: str, container: int, step: str | int) -> int | None:
    """Return where the value of a key or index begins in the object or array at `container`, None if it has none."""
    opening = text[container]
    if opening not in "{[" or isinstance(step, str) != (opening == "{"):
        return None
    at, number = _skip(text, container + 1), 0
    while text[at] not in "}]":
        key: object = number
        if opening == "{":
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # the colon
        if key == step:
            return at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)
        number += 1
    return None


def _skip(text: str, at: int) -> int:
    return _BLANK.match(text, at).end()  # pyright: ignore[reportOptionalMemberAccess] - as above
