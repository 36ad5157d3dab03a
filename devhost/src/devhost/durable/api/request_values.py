"""The values in a request to the management API. All raise RequestRefusedError naming what cannot be read."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime

from aiohttp import web

from devhost.durable.engine.history import compact_json, wire_time
from devhost.durable.engine.instance import Status
from devhost.durable.errors import RequestRefusedError

CONTINUATION = "x-ms-continuation-token"
_NEVER_REACHED = {"Canceled", "ContinuedAsNew"}


async def json_body(request: web.Request, *, required: bool) -> str | None:
    """Return the body as compact JSON; None if it is empty and not required."""
    text = await request.text()
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


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def flag(request: web.Request, name: str, *, default: bool = False) -> bool:
    """Return whether a query parameter is `true`; `default` if it is missing."""
    return request.query.get(name, str(default)).lower() == "true"


def whole_number(text: str) -> float:
    """Parse a text of digits, such as seconds or a count."""
    if not text.isdecimal():
        raise RequestRefusedError(400, {"Message": f"'{text}' is not a whole number."})
    return float(text)


def moment(request: web.Request, name: str) -> str | None:
    """Return a query parameter that is a time, UTC if it has no offset; None if it is missing."""
    text = request.query.get(name)
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestRefusedError(400, {"Message": f"{name}: '{text}' is no ISO 8601 time."}) from error
    return wire_time(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))


def statuses(request: web.Request) -> list[str]:
    """Return the statuses asked for. Refuses unknown ones: Azure ignores them, and a purge then deletes everything."""
    names = [name.strip() for name in request.query.get("runtimeStatus", "").split(",") if name.strip()]
    if unknown := set(names) - {str(status) for status in Status} - _NEVER_REACHED:
        raise RequestRefusedError(400, {"Message": f"runtimeStatus: unknown {', '.join(sorted(unknown))}."})
    return names


def position(request: web.Request) -> str:
    """Return the last id on the previous page of a list; empty if this is the first page."""
    try:
        return base64.b64decode(request.headers.get(CONTINUATION, ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RequestRefusedError(400, {"Message": f"The header {CONTINUATION} was not made by this host."}) from error
