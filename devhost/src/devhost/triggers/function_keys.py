"""Access to HTTP functions: `authLevel` against the host key and the master key.

Rules: https://learn.microsoft.com/azure/azure-functions/function-keys-how-to . One host key opens every function, so
there are no keys of single functions here.
"""

from __future__ import annotations

from hmac import compare_digest

from aiohttp import web

from devhost.app.functions import Function
from devhost.http_names import KEY_HEADER

_KEY_PARAMETER = "code"


class FunctionKeys:
    """The keys: `host` opens functions of level `function`, `master` also those of level `admin`."""

    def __init__(self, host: str, master: str) -> None:
        self._host = host.encode()
        self._master = master.encode()

    def open(self, function: Function, request: web.Request) -> bool:
        """Return whether `request` has a key for `function`. As on Azure, the header precedes the query."""
        level = auth_level(function)
        if level == "anonymous":
            return True
        given = (request.headers.get(KEY_HEADER) or request.query.get(_KEY_PARAMETER) or "").encode()
        is_master, is_host = compare_digest(given, self._master), compare_digest(given, self._host)
        return is_master or (is_host and level == "function")


def auth_level(function: Function) -> str:
    """Return `anonymous`, `function` (Azure's default) or `admin`."""
    return str(function.trigger.options.get("authLevel") or "function").lower()
