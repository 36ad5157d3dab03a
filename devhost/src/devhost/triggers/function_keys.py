"""Access to HTTP functions: `authLevel` against the host key and the master key.

As under Core Tools, functions are open unless the host was started with `--auth-level-keys`. Rules of the keys:
https://learn.microsoft.com/azure/azure-functions/function-keys-how-to . One host key opens every function, so there are
no keys of single functions here.
"""

from __future__ import annotations

from hmac import compare_digest

from aiohttp import web

from devhost.app.functions import Function
from devhost.http_names import KEY_HEADER
from devhost.http_server import is_from_another_origin

_KEY_PARAMETER = "code"


class FunctionKeys:
    """The keys, if they are `required`: `host` opens functions of level `function`, `master` also those of `admin`."""

    def __init__(self, host: str, master: str, *, required: bool) -> None:
        self.required = required
        self._host = host.encode()
        self._master = master.encode()

    def level(self, function: Function) -> str:
        """Return which key opens a function: `function`, `admin`, or `anonymous` if no key is needed."""
        return auth_level(function) if self.required else "anonymous"

    def refusal(self, function: Function, request: web.Request) -> str | None:
        """Return why `request` may not call `function`, None if it may. As on Azure, the header precedes the query."""
        level = self.level(function)
        if level == "anonymous":
            return None
        given = _given(request)
        is_master, is_host = compare_digest(given, self._master), compare_digest(given, self._host)
        if is_master or (is_host and level == "function"):
            return None
        name = "functionKey" if level == "function" else "adminKey"
        return f"{function.name} needs the {name} of endpoints.json in the state folder: in header {KEY_HEADER}" + (
            f" or query parameter {_KEY_PARAMETER}." if not given else ". The key that was sent is another one."
        )

    def refusal_of_admin(self, request: web.Request) -> str | None:
        """Return why `request` may not run functions by hand, None if it may. Other origins always need the key."""
        if compare_digest(_given(request), self._master) or not (self.required or is_from_another_origin(request)):
            return None
        return f"This needs the adminKey of endpoints.json in the state folder, in header {KEY_HEADER}."


def _given(request: web.Request) -> bytes:
    return (request.headers.get(KEY_HEADER) or request.query.get(_KEY_PARAMETER) or "").encode()


def auth_level(function: Function) -> str:
    """Return `anonymous`, `function` (Azure's default) or `admin`."""
    return str(function.trigger.options.get("authLevel") or "function").lower()
