"""JSON from strangers: bounded before it is parsed, nothing ambiguous accepted."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn, cast

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 16
MAX_DIGITS: Final = 64  # of an integer; Python takes quadratic time and gives up at 4,300


class MalformedMessageError(ValueError):
    """The message cannot be understood; the text says what is wrong with it."""


def parse_object(body: bytes, most_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Parse the JSON object in a message body, or in another text from strangers.

    Raises MalformedMessageError: too large, not UTF-8, not JSON, not an object, too deep, a number
    that is not one or too long, a key twice, half of a surrogate pair.
    """
    check_size(body, most_bytes)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedMessageError(f"the body is not UTF-8 (byte {error.start})") from error
    value = parse_value(text)
    if not isinstance(value, dict):
        raise MalformedMessageError("the body is not a JSON object")
    return cast(dict[str, Any], value)


def check_size(body: bytes, most_bytes: int) -> None:
    """Raise MalformedMessageError if a body is too large to be parsed."""
    if len(body) > most_bytes:
        raise MalformedMessageError(f"the body has {len(body)} bytes; at most {most_bytes} are accepted")


def parse_value(text: str) -> Any:
    """Parse any JSON value. Raises MalformedMessageError as `parse_object` does."""
    if not text.strip():
        raise MalformedMessageError("the body is empty; a JSON object is expected")
    _refuse_depth(text)
    try:
        value: Any = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=_integer,
            parse_float=_finite_number,
            parse_constant=_refuse_constant,
        )
    except MalformedMessageError:
        raise
    except ValueError as error:
        raise MalformedMessageError(f"the body is not JSON: {error}") from error
    _refuse_lone_surrogates(value)
    return value


def _refuse_depth(text: str) -> None:
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedMessageError(f"the body is nested more than {MAX_DEPTH} levels deep")
        elif character in "]}":
            depth -= 1


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedMessageError("a string holds half of a surrogate pair, which is not Unicode text") from error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise MalformedMessageError(f"the key {name[:80]!r} appears twice")
        found[name] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise MalformedMessageError(f"a number has {len(digits)} digits; at most {MAX_DIGITS} are accepted")
    return int(digits)


def _finite_number(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise MalformedMessageError(f"the number {digits[:80]} is too large")
    return number


def _refuse_constant(constant: str) -> NoReturn:
    raise MalformedMessageError(f"{constant} is not JSON")
