"""CORS by `Host.CORS` and `Host.CORSCredentials` of the settings, as Core Tools has it.

Pages of these origins may call the app's functions and the management URLs and read what they answer. The host's own
requests stay closed to them. https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from yarl import URL

from devhost.errors import StartError

_ALL = "*"
_OWN_PATHS = ("/admin/", "/eventgrid/", "/durabletask/", "/.auth/")
_WANTED_METHOD, _WANTED_HEADERS = "Access-Control-Request-Method", "Access-Control-Request-Headers"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins whose pages are let in, `*` for all; `credentials` if they may send cookies."""

    origins: frozenset[str]
    credentials: bool

    def trusts(self, origin: str) -> bool:
        """Return whether pages of this origin may act for who is signed in."""
        return self.credentials and origin in self.origins

    def add_to(self, app: web.Application) -> None:
        """Answer preflight requests before any handler does, and add the headers to all other answers."""

        @web.middleware
        async def answer_preflight(request: web.Request, handler: _Handler) -> web.StreamResponse:
            if request.method != "OPTIONS" or _WANTED_METHOD not in request.headers or _is_own(request):
                return await handler(request)
            return web.Response(status=204, headers=_granted(request) if self._headers(request) else None)

        async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(self._headers(request))

        app.middlewares.append(answer_preflight)
        app.on_response_prepare.append(add_headers)

    def _headers(self, request: web.Request) -> Mapping[str, str]:
        origin = request.headers.get("Origin")
        if origin is None or _is_own(request):
            return {}
        if _ALL in self.origins:
            return {"Access-Control-Allow-Origin": _ALL}
        if origin not in self.origins:
            return {}
        headers = {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
        return headers | ({"Access-Control-Allow-Credentials": "true"} if self.credentials else {})


def _is_own(request: web.Request) -> bool:
    return request.path.lower().startswith(_OWN_PATHS)


def _granted(request: web.Request) -> Mapping[str, str]:
    """Return what a preflight request has requested: every method and header is allowed."""
    wanted = {"Access-Control-Allow-Methods": request.headers[_WANTED_METHOD]}
    if headers := request.headers.get(_WANTED_HEADERS):
        wanted["Access-Control-Allow-Headers"] = headers
    return wanted


def read_cors(section: Mapping[str, object]) -> Cors | None:
    """Read the section `Host` of a settings file; None without origins. Raises StartError if it is malformed."""
    text, credentials = section.get("CORS") or "", section.get("CORSCredentials", False)
    if not isinstance(text, str):
        raise StartError(f'Host.CORS must be origins separated by commas, such as "http://localhost:3000", not {text}.')
    origins = frozenset(_origin(each.strip()) for each in text.split(",") if each.strip())
    allowed = str(credentials).lower()
    if allowed not in ("true", "false"):
        raise StartError(f"Host.CORSCredentials must be true or false, not {credentials}.")
    if _ALL in origins and allowed == "true":
        raise StartError("Host.CORSCredentials needs origins in Host.CORS: no browser takes it with all (*).")
    return Cors(origins, allowed == "true") if origins else None


def _origin(text: str) -> str:
    try:
        origin = _ALL if text == _ALL else str(URL(text).origin())
    except ValueError:
        origin = ""
    if origin != text.rstrip("/").lower() or (_ALL in origin and origin != _ALL):
        raise StartError(f'Host.CORS: "{text}" is no origin such as http://localhost:3000.')
    return origin
