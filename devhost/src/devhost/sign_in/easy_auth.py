"""App Service Authentication ("Easy Auth") with Microsoft Entra, which lets everybody through and names who comes.

https://learn.microsoft.com/azure/app-service/overview-authentication-authorization describes it. As on Azure with
`unauthenticatedClientAction: AllowAnonymous`, the app decides what somebody who is not signed in may do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError
from yarl import URL

from devhost.clock import Clock
from devhost.cors import Cors
from devhost.http_names import SIGN_IN_PATH
from devhost.sign_in.pages import POLICY, message_page, sign_in_page
from devhost.sign_in.people_file import Person, SignIn
from devhost.sign_in.principal import PREFIXES, Principal
from devhost.sign_in.sessions import COOKIE, Sessions

_OWN = "/.auth/"
_DONE, _SIGNED_OUT = "/.auth/login/done", "/.auth/logout/complete"
_AFTER_SIGN_IN, _AFTER_SIGN_OUT = "post_login_redirect_uri", "post_logout_redirect_uri"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EasyAuth:
    """The sign-in of one host."""

    def __init__(self, sign_in: SignIn, key: str, clock: Clock, cors: Cors | None) -> None:
        self._cors = cors
        self._sign_in = sign_in
        self._sessions = Sessions(key, sign_in.session_minutes * 60, clock)

    def settings(self) -> Mapping[str, str]:
        """Return the settings that the platform gives the app, as on Azure."""
        return {"WEBSITE_AUTH_ENABLED": "True", "WEBSITE_AUTH_CLIENT_ID": str(self._sign_in.client_id)}

    def add_to(self, app: web.Application) -> None:
        """Add the routes, and look at every request before its handler does."""
        app.middlewares.append(self._identify)
        app.router.add_get("/.auth/login/{provider}", self._show_sign_in)
        app.router.add_post("/.auth/login/{provider}", self._take_sign_in)
        app.router.add_get("/.auth/logout", self._sign_out)
        app.router.add_get(_SIGNED_OUT, self._show_signed_out)
        app.router.add_get("/.auth/me", self._show_me)

    @web.middleware
    async def _identify(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Remove the platform's headers that a client has sent, and set those of who is signed in."""
        if request.path.startswith(_OWN):
            return await handler(request)
        headers = request.headers.copy()
        for name in [name for name in headers if name.lower().startswith(PREFIXES)]:
            headers.popall(name, None)
        if principal := self._principal(request):
            if self._is_forged_by_a_page(request):
                raise web.HTTPForbidden(text="A page of another origin has sent this form: it is refused.\n")
            headers.update(principal.headers(self._sign_in))
        return await handler(request.clone(headers=headers))

    async def _show_sign_in(self, request: web.Request) -> web.Response:
        if request.path == _DONE:
            return _page(message_page("Signed in", "You have signed in.", "/", "Go on"))
        _check_provider(request)
        return _page(sign_in_page(self._sign_in, _local(request, request.query.get(_AFTER_SIGN_IN, _DONE))))

    async def _take_sign_in(self, request: web.Request) -> web.Response:
        _check_provider(request)
        if "Origin" in request.headers and not _is_own_origin(request, request.headers["Origin"]):
            raise web.HTTPForbidden(text="A page of another origin has sent this sign-in: it is refused.\n")
        form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        person = self._person(form)
        answer = _redirect(_local(request, form.get(_AFTER_SIGN_IN) or request.query.get(_AFTER_SIGN_IN, _DONE)))
        answer.set_cookie(COOKIE, self._sessions.begin(person), httponly=True, samesite="Lax", path="/")
        return answer

    async def _sign_out(self, request: web.Request) -> web.Response:
        answer = _redirect(_local(request, request.query.get(_AFTER_SIGN_OUT, _SIGNED_OUT)))
        answer.del_cookie(COOKIE, path="/")
        return answer

    async def _show_signed_out(self, _: web.Request) -> web.Response:
        return _page(message_page("Signed out", "You have signed out.", SIGN_IN_PATH, "Sign in again"))

    async def _show_me(self, request: web.Request) -> web.Response:
        principal = self._principal(request)
        if principal is None:
            raise web.HTTPUnauthorized(text=f"Nobody is signed in: {SIGN_IN_PATH} does that.\n")
        expires = datetime.fromtimestamp(self._sessions.expires(principal), UTC).isoformat()
        return web.json_response([principal.about(self._sign_in) | {"expires_on": expires}])

    def _principal(self, request: web.Request) -> Principal | None:
        return self._sessions.find(request.cookies.get(COOKIE, ""))

    def _is_forged_by_a_page(self, request: web.Request) -> bool:
        """Return whether a browser posts from elsewhere: App Service refuses that for a session by cookie."""
        if request.method != "POST" or not request.headers.get("User-Agent", "").startswith("Mozilla/"):
            return False
        origin = request.headers.get("Origin") or request.headers.get("Referer", "")
        return not (_is_own_origin(request, origin) or (self._cors and self._cors.trusts(origin)))

    def _person(self, form: Mapping[str, str]) -> Person:
        """Return the person of the file that was picked, or the one that was typed."""
        given = {name: form[name].strip() for name in ("userName", "name", "oid") if form.get(name, "").strip()}
        known = self._sign_in.find(given.get("userName", ""))
        roles = tuple(form.get("roles", "").split())
        if known and not roles and len(given) == 1:
            return known
        try:
            return Person.model_validate({**given, "roles": roles})
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise web.HTTPBadRequest(text=f"Nobody can sign in like that: {wrong}.\n") from error


def _check_provider(request: web.Request) -> None:
    provider = request.match_info["provider"]
    if provider != "aad":
        raise web.HTTPNotFound(text=f"devhost signs people in at {SIGN_IN_PATH}, not with {provider}.\n")


def _is_own_origin(request: web.Request, address: str) -> bool:
    try:
        return URL(address).origin() == request.url.origin()
    except ValueError:  # "null", nothing, or no address at all
        return False


def _local(request: web.Request, target: str) -> str:
    """Return the address to go on to. Raises HTTPBadRequest if it is on another host."""
    try:
        address = request.url.join(URL(target))
    except ValueError:
        address = URL()
    if not _is_own_origin(request, str(address)):
        own = request.url.origin()
        raise web.HTTPBadRequest(text=f"The address to go on to must be on {own}: {quote(target)} is not.\n")
    return str(address.relative())


def _redirect(target: str) -> web.Response:
    return web.Response(status=302, headers={"Location": target, "Cache-Control": "no-store"})


def _page(text: str) -> web.Response:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return web.Response(text=text, content_type="text/html", headers=headers)
