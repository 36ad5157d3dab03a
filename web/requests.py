"""Checks of a request itself, before anything is done: where it comes from, how large it is, what shows it."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from starlette.requests import Request

from web.problems import ProblemError, not_allowed

SAFE: Final = frozenset({"GET", "HEAD"})
_AHEAD: Final = ("sec-purpose", "purpose", "x-moz")  # headers that say so: the present one, and those of older browsers
_MIB: Final = 1 << 20
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


def check_origin(request: Request) -> None:
    """Raise ProblemError if another site's page may have sent an unsafe request.

    A browser says so itself, in one header or the other. A program without a browser's session proves with its bearer
    token, which no other site can add, that it means the request.
    """
    if request.method in SAFE:
        return
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    is_from_us = origin in _own_origins(request) if origin is not None else True
    if not is_from_us or site not in (None, "same-origin"):
        raise not_allowed("a page of another site has sent this")
    if origin is None and site is None and not request.headers.get("authorization", "").lower().startswith("bearer "):
        raise not_allowed(f"say where this comes from: the header Origin with {sorted(_own_origins(request))[-1]}")


def check_shown(request: Request) -> None:
    """Raise ProblemError if this is fetched without being shown, so that nobody would have read it.

    Another site's page may do so, or a browser that fetches what may be opened next. Following a link shows it.
    """
    if any("prefetch" in request.headers.get(name, "").lower() for name in _AHEAD):
        raise not_allowed("a browser has asked for this before anybody opens it")
    is_from_us = request.headers.get("sec-fetch-site") in (None, "none", "same-origin")
    if not is_from_us and request.headers.get("sec-fetch-dest") != "document":
        raise not_allowed("a page of another site has asked for this")


def _own_origins(request: Request) -> frozenset[str]:
    host = request.headers.get("host", "")
    return frozenset({f"{request.url.scheme}://{host}", f"https://{host}"})


async def body_of(request: Request, most: int, refusal: ProblemError | None = None) -> bytes:
    """Return the body of a request. Raises ProblemError if it is larger than allowed, before anything parses it."""
    refusal = refusal or too_large(most)
    declared = request.headers.get("content-length", "0")
    if not _LENGTH.fullmatch(declared) or int(declared) > most:
        raise refusal
    body = await request.body()
    if len(body) > most:
        raise refusal
    return body


def too_large(most: int, what: str = "this") -> ProblemError:
    """Return the answer to a request with too many bytes."""
    size = f"{most:,} bytes" if most % _MIB else f"{most // _MIB:,} MiB"
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"{what} is larger than {size}")
