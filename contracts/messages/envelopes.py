"""What common senders put around a JSON object: read if it has one reading only, else explained to the sender."""

from __future__ import annotations

import base64
import binascii
import codecs
from typing import Any, Final, cast

from contracts.messages.strict_json import MAX_BYTES, MalformedMessageError, check_size, parse_value

# The longer marks come first, because the mark of UTF-32 begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_AROUND: Final = " \t\r\n\0"
_EXPLAINED: Final = (
    # [MC-NBFX]: a string or an array of bytes begins with a short element
    (b"@", "is a string or an array serialised by .NET's DataContractSerializer; send the JSON itself"),
    (b"\x1f\x8b", "is compressed with gzip; send it uncompressed"),
    (b"<", "is XML; send JSON"),
    (b"%7", "is percent-encoded; send each character as it is"),
)


def read_object(body: bytes) -> dict[str, Any]:
    """Read the JSON object that a message carries: in UTF-8, UTF-16 or UTF-32, alone or as an array of one.

    A byte order mark, and blanks and NULs around it, are no part of it. Raises MalformedMessageError with what is wrong
    and what to send.
    """
    check_size(body, MAX_BYTES)
    for beginning, explanation in _EXPLAINED:
        if body.startswith(beginning):
            raise MalformedMessageError(f"the body {explanation}")
    text = _decode(body).strip(_AROUND)
    try:
        value = parse_value(text)
    except MalformedMessageError as malformed:
        if _is_base64_of_json(text):
            raise MalformedMessageError("the body is base64, not JSON; send the bytes that it encodes") from malformed
        raise
    if isinstance(value, list):
        found = cast(list[object], value)
        if len(found) != 1:
            raise MalformedMessageError(f"the body is an array of {len(found)}; send one JSON object in each message")
        value = found[0]
    if isinstance(value, str) and (value.lstrip(_AROUND).startswith(("{", "[")) or _is_base64_of_json(value)):
        raise MalformedMessageError("the body is JSON in a JSON string, serialised twice; send the JSON object")
    if not isinstance(value, dict):
        raise MalformedMessageError("the body is not a JSON object")
    return cast(dict[str, Any], value)


def _decode(body: bytes) -> str:
    found = next((each for each in _MARKS if body.startswith(each[0])), None)
    mark, encoding = found or (b"", _unmarked_encoding(body))
    try:
        return body[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedMessageError(
            f"the body is not {encoding.upper().removesuffix('-LE').removesuffix('-BE')} (byte {error.start})"
        ) from error


def _unmarked_encoding(body: bytes) -> str:
    """Tell UTF-16 without a mark, as .NET's Encoding.Unicode has it, by the NUL in its first character."""
    first, second = bool(body[:1].strip(b"\0")), bool(body[1:2].strip(b"\0"))
    if len(body) < 2 or first == second:
        return "utf-8"
    return "utf-16-le" if first else "utf-16-be"


def _is_base64_of_json(text: str) -> bool:
    try:
        return base64.b64decode("".join(text.split()), altchars=None, validate=True).lstrip()[:1] in (b"{", b"[")
    except (binascii.Error, ValueError):
        return False
