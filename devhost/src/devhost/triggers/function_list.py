"""The list of functions as tools read it: `GET /admin/functions`, with the members that Azure's host gives.

https://learn.microsoft.com/rest/api/appservice/web-apps/list-functions
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from devhost.app.functions import Function
from devhost.triggers.function_keys import FunctionKeys
from devhost.triggers.http import ListedRoute

_PATH = "/admin/functions"
_ASKED = re.compile(rf"{_PATH}(?:/([^/]+))?/?", re.IGNORECASE)


class FunctionList:
    """The routes that list all functions, and one."""

    def __init__(
        self,
        functions: Sequence[Function],
        disabled: Sequence[str],
        routes: Mapping[str, ListedRoute],
        keys: FunctionKeys,
    ) -> None:
        self._functions = functions
        self._disabled = disabled
        self._routes = routes
        self._keys = keys

    def serve(self, request: web.Request) -> web.Response | None:
        """Answer a request to one of these routes, None if it is another one."""
        asked = _ASKED.fullmatch(request.path)
        if request.method != "GET" or not asked:
            return None
        if refusal := self._keys.refusal_of_admin(request):
            return web.Response(status=401, text=f"{refusal}\n")
        listed = self._listed(f"{request.scheme}://{request.host}")
        name = asked[1]
        if name is None:
            return web.json_response(listed)
        found = next((each for each in listed if each["name"].lower() == name.lower()), None)
        return web.json_response(found) if found else web.Response(status=404, text=f"There is no function {name}.\n")

    def _listed(self, origin: str) -> list[dict[str, Any]]:
        enabled = [self._enabled(function, origin) for function in self._functions]
        disabled = [{"name": name, "href": f"{origin}{_PATH}/{name}", "isDisabled": True} for name in self._disabled]
        return sorted([*enabled, *disabled], key=lambda each: each["name"].lower())

    def _enabled(self, function: Function, origin: str) -> dict[str, Any]:
        route = self._routes.get(function.name)
        return {
            "name": function.name,
            "href": f"{origin}{_PATH}/{function.name}",
            "invoke_url_template": f"{origin}/{route.path}" if route else None,
            "language": "python",
            "isDisabled": False,
            "config": {"bindings": [dict(binding.options) for binding in function.bindings]},
        }
