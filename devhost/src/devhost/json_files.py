"""Configuration files in JSON: what is wrong in them is said with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from devhost.errors import StartError

_Read = TypeVar("_Read")

_DECODER = json.JSONDecoder()
_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|,(?=\s*[}\]])')
_BLANK = re.compile(r"[ \t\r\n]*")


def as_strict_json(text: str) -> str:
    """Return JSON without comments and without a comma after the last element; everything keeps its position."""
    for pattern in (_STRING_OR_COMMENT, _STRING_OR_LAST_COMMA):
        text = pattern.sub(lambda found: found[0] if found[0][0] == '"' else re.sub(r"[^\n]", " ", found[0]), text)
    return text


def read_json(file: Path, what: str, shape: TypeAdapter[_Read]) -> _Read:
    """Read a configuration file. Raises StartError naming the file, each wrong line and what is wrong there."""
    try:
        text = as_strict_json(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StartError(f"Cannot read {what} {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise StartError(f"{file} is not UTF-8: {error}.") from error
    try:
        return shape.validate_python(json.loads(text))
    except json.JSONDecodeError as error:
        raise StartError(f"{file}, line {error.lineno}: not valid JSON: {error.msg}.") from error
    except ValidationError as error:
        wrong = ((problem["loc"], problem["msg"].removeprefix("Value error, ")) for problem in error.errors())
        lines = (f"{file}, line {line_of(text, place)}: {_name_of(place)}: {message}." for place, message in wrong)
        raise StartError("\n".join(lines)) from error


def _name_of(place: Sequence[str | int]) -> str:
    named = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    return named or "the file"


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
