"""The values in a request to the management API. All raise RequestRefusedError naming what cannot be read."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import math
from datetime import UTC, datetime

from aiohttp import web

from devhost.durable.api.requests import Query
from devhost.durable.engine.history import compact_json, wire_time
from devhost.durable.engine.instance import Status
from devhost.durable.errors import RequestRefusedError

CONTINUATION = "x-ms-continuation-token"
_NEVER_REACHED = {"Canceled", "ContinuedAsNew"}
_LONGEST_WAIT = 86400.0  # seconds; every client has gone by then
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # begins like the next one
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


async def json_body(request: web.Request, *, required: bool) -> str | None:
    """Return the body as compact JSON; None if it is empty and not required."""
    text = _decode(await request.read(), request.charset)
    if not text and not required:
        return None
    try:
        return compact_json(json.loads(text, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as error:
        raise RequestRefusedError(
            400,
            {
                "Message": "Invalid JSON content",
                "ExceptionMessage": str(error),
                "ExceptionType": "Newtonsoft.Json.JsonReaderException",
            },
        ) from error


def _decode(body: bytes, charset: str | None) -> str:
    """Return the text of a body as .NET decodes it: without its byte order mark, with U+FFFD for what is invalid."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return body.removeprefix(mark).decode(encoding, errors="replace")
    try:
        return body.decode(charset or "utf-8", errors="replace")
    except LookupError as error:
        raise RequestRefusedError(400, {"Message": f"The charset {charset!r} is unknown."}) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def flag(query: Query, name: str, *, default: bool = False) -> bool:
    """Return whether a parameter is `true`; `default` if it is missing or neither `true` nor `false`."""
    return {"true": True, "false": False}.get((query.get(name) or "").strip().lower(), default)


def seconds(query: Query, name: str) -> float | None:
    """Return a number of seconds; None if it is missing or no number, both as on Azure."""
    try:
        value = float(query.get(name) or "")
    except ValueError:
        return None
    return min(max(value, 0.0), _LONGEST_WAIT) if math.isfinite(value) else None


def page_size(query: Query, default: int) -> int:
    """Return how many instances a page may have; `default` if that is missing or no number, both as on Azure."""
    try:
        size = int(query.get("top") or default)
    except ValueError:
        return default
    if size < 1:
        raise RequestRefusedError(400, {"Message": f"top: '{size}' is less than 1."})
    return size


def moment(query: Query, name: str) -> str | None:
    """Return a parameter that is a time, UTC if it has no offset; None if it is missing."""
    text = query.get(name)
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestRefusedError(400, {"Message": f"{name}: '{text}' is no ISO 8601 time."}) from error
    return wire_time(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def statuses(query: Query) -> list[str]:
    """Return the statuses asked for. Refuses unknown ones: Azure ignores them, and a purge then deletes everything."""
    names = [name.strip() for name in (query.get("runtimeStatus") or "").split(",") if name.strip()]
    if unknown := set(names) - {str(status) for status in Status} - _NEVER_REACHED:
        raise RequestRefusedError(400, {"Message": f"runtimeStatus: unknown {', '.join(sorted(unknown))}."})
    return names


def position(request: web.Request) -> str:
    """Return the last id on the previous page of a list; empty if this is the first page."""
    try:
        return base64.b64decode(request.headers.get(CONTINUATION, ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RequestRefusedError(400, {"Message": f"The header {CONTINUATION} was not made by this host."}) from error
