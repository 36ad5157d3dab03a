"""What common senders put around a JSON object: read if it has one reading only, else explained to the sender."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
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
# .NET's Encoding.Unicode and Encoding.UTF32 write no mark: the NULs in the first character tell.
_UNMARKED: Final = (
    (re.compile(rb"[\x1e \t\r\n{\[\"<]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[\x1e \t\r\n{\[\"<]"), "utf-32-be"),
    (re.compile(rb"[\x1e \t\r\n{\[\"<]\0"), "utf-16-le"),
    (re.compile(rb"\0[\x1e \t\r\n{\[\"<]"), "utf-16-be"),
)
_AROUND: Final = " \t\r\n\0\x1e\ufeff"  # with the record separator of https://www.rfc-editor.org/rfc/rfc7464
_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"x\x01": "zlib",
    b"x\x9c": "zlib",
    b"x\xda": "zlib",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "ZIP",
}
_BINARY: Final = (
    # [MC-NBFX]: a string or an array of bytes begins with a short element
    (b"@", "is a string or an array serialised by .NET's DataContractSerializer; send the JSON itself"),
    (b"\xac\xed", "is an object serialised by Java; send the JSON itself"),
    *((mark, f"is compressed with {name}; send it uncompressed") for mark, name in _COMPRESSED.items()),
)
_TEXTUAL: Final = (
    (re.compile("<"), "is XML; send JSON"),
    (re.compile("%[57]", re.I), "is percent-encoded; send each character as it is"),
    (re.compile(r"[\w.%+\[\]-]+="), "is a form of names and values, not JSON; send the JSON by itself"),
    (re.compile(r"[{\[]\s*'"), "is not JSON: it has single quotes; write double ones"),
    (re.compile(r"[{\[]\s*[\u2018-\u201f]"), 'is not JSON: it has typographic quotes; write "'),
    (re.compile(r'[{\[]\s*\\+"'), "is not JSON but the inside of a JSON string, serialised twice; send the JSON"),
    (re.compile(r"[{\[]\s*&(quot|#34);"), "is not JSON but escaped for HTML; send each character as it is"),
    (re.compile(r"[^{\[]{1,99}[{\[]"), "is not JSON: there is something before it; send the JSON by itself"),
)
_SEVERAL: Final = "Extra data"  # in the error of Python's parser
# The members of CloudEvents, of the messages of brokers and of frameworks on top of them.
_WRAPPING: Final = frozenset({"data", "data_base64", "message", "body", "payload", "content", "contentdata", "detail"})


def read_object(body: bytes) -> dict[str, Any]:
    """Read the JSON object that a message carries: in UTF-8, UTF-16 or UTF-32, alone or as an array of one.

    A byte order mark, and blanks and NULs around it, are no part of it. Raises MalformedMessageError with what is wrong
    and what to send.
    """
    check_size(body, MAX_BYTES)
    text = _decode(body).strip(_AROUND)
    try:
        value = parse_value(text)
    except MalformedMessageError as malformed:
        if explanation := _explanation(text, str(malformed)):
            raise MalformedMessageError(f"the body {explanation}") from malformed
        raise
    if isinstance(value, list):
        found = cast(list[object], value)
        if len(found) != 1:
            raise MalformedMessageError(f"the body is an array of {len(found)}; send one JSON object in each message")
        value = found[0]
    if isinstance(value, str) and _is_json(value):
        raise MalformedMessageError("the body is JSON in a JSON string, serialised twice; send the JSON object")
    if not isinstance(value, dict):
        raise MalformedMessageError("the body is not a JSON object")
    return cast(dict[str, Any], value)


def refuse_wrapped(fields: dict[str, Any]) -> None:
    """Raise MalformedMessageError if an object that is no message of ours seems to hold one."""
    for name, value in fields.items():
        if name.lower() in _WRAPPING and (isinstance(value, dict) or (isinstance(value, str) and _is_json(value))):
            text = f"the message is in the member {name} of something else; send what is in there, by itself"
            raise MalformedMessageError(text)


def _decode(body: bytes) -> str:
    found = next((each for each in _MARKS if body.startswith(each[0])), None)
    mark, encoding = found or (b"", _unmarked_encoding(body))
    body = body[len(mark) :]
    if explanation := next((text for beginning, text in _BINARY if body.startswith(beginning)), None):
        raise MalformedMessageError(f"the body {explanation}")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedMessageError(
            f"the body is not {encoding.upper().removesuffix('-LE').removesuffix('-BE')} (byte {error.start})"
        ) from error


def _unmarked_encoding(body: bytes) -> str:
    return next((encoding for first, encoding in _UNMARKED if first.match(body)), "utf-8")


def _explanation(text: str, error: str) -> str | None:
    """Say what a text is if it is not JSON, and what to send instead. None if it is not recognised."""
    if _is_base64_of_json(text):
        return "is base64, not JSON; send the bytes that it encodes"
    if _SEVERAL in error and text.startswith(("{", "[")):
        return "is not JSON: there is something after the first object; send one JSON object in each message"
    return next((explanation for beginning, explanation in _TEXTUAL if beginning.match(text)), None)


def _is_json(text: str) -> bool:
    """Return whether a string seems to be JSON, perhaps serialised once more."""
    return text.lstrip(_AROUND).startswith(("{", "[", '"')) or _is_base64_of_json(text)


def _is_base64_of_json(text: str) -> bool:
    packed = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        decoded = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return decoded.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in (b"{", b"[")
