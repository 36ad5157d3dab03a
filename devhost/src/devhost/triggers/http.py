"""HTTP triggers: routes with parameters, methods, keys, raw bodies."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web
from azure.functions.meta import Datum

from devhost.app.functions import Function
from devhost.dispatch.invoker import Invoker
from devhost.errors import StartError
from devhost.triggers.cookies import set_cookie
from devhost.triggers.function_keys import FunctionKeys

_log = logging.getLogger("devhost.http")

_SEGMENT = re.compile(r"\{(\*?)([A-Za-z_][A-Za-z0-9_]*)(?::([a-z]+))?(\?)?\}")
_CONSTRAINTS = {
    None: r"[^/]+",
    "alpha": r"[A-Za-z]+",
    "bool": r"true|false",
    "guid": r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    "int": r"-?\d+",
    "long": r"-?\d+",
}


@dataclass(frozen=True, slots=True)
class ListedRoute:
    """A route for people: without methods it answers all of them."""

    path: str
    methods: Sequence[str]
    level: str


class HttpRoutes:
    """All HTTP functions of the app behind one catch-all route."""

    def __init__(self, functions: Sequence[Function], invoker: Invoker, prefix: str, keys: FunctionKeys) -> None:
        self._invoker = invoker
        self._keys = keys
        in_order = sorted(functions, key=lambda function: function.name.lower())  # the first match answers, as on Azure
        self._routes = [(_compile(function, prefix), _methods(function), function) for function in in_order]
        self.listed = {
            function.name: ListedRoute(_path(function, prefix), sorted(_methods(function)), keys.level(function))
            for function in functions
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request with the function that has its route."""
        path = request.rel_url.raw_path.strip("/")
        matching = [(m, methods, f) for route, methods, f in self._routes if (m := route.fullmatch(path))]
        if not matching:
            if not path and request.method == "GET":  # as Azure's welcome page
                return web.Response(text="The Functions host devhost runs.\n")
            return web.Response(status=404, text=f"No function has a route for /{unquote(path)}.\n")
        for match, methods, function in matching:
            if not methods or request.method in methods:
                if refusal := self._keys.refusal(function, request):
                    _log.warning("401 to %s %s: %s", request.method, request.path, refusal)
                    return web.Response(status=401, text=f"{refusal}\n")
                return await self._call(request, function, match)
        return web.Response(status=405, text=f"No function answers {request.method} on this route.\n")

    async def _call(self, request: web.Request, function: Function, match: re.Match[str]) -> web.Response:
        parameters = {key: unquote(value) for key, value in match.groupdict().items() if value is not None}
        data = Datum(
            {
                "method": Datum(request.method, "string"),
                "url": Datum(str(request.url), "string"),
                "headers": _text({key.lower(): ",".join(request.headers.getall(key)) for key in request.headers}),
                "query": _text({key: text for key in request.query if (text := ",".join(request.query.getall(key)))}),
                "params": _text(parameters),
                "body": Datum(await request.read(), "bytes"),
            },
            "http",
        )
        try:
            result = await self._invoker.invoke(function, data, {})
        except Exception:  # logged by the invoker
            return web.Response(status=500)
        try:
            return _response(result)
        except ValueError as error:
            _log.error("%s: its answer cannot be sent: %s", function.name, error)
            return web.Response(status=500)


def _response(result: Datum | None) -> web.Response:
    if result is None:
        return web.Response(status=204)
    if result.type != "http":
        return web.Response(text=result.value)
    value = result.value
    headers = [(name, header.value) for name, header in value["headers"].items()]
    cookies = [("Set-Cookie", set_cookie(morsel)) for jar in value["cookies"] or () for morsel in jar.values()]
    return web.Response(status=int(value["status_code"].value), headers=[*headers, *cookies], body=value["body"].value)


def _text(values: dict[str, str]) -> dict[str, Datum]:
    return {key: Datum(value, "string") for key, value in values.items()}


def _path(function: Function, prefix: str) -> str:
    route = function.trigger.options.get("route")
    return "/".join(part for part in (prefix, (function.name if route is None else route).strip("/")) if part)


def _methods(function: Function) -> frozenset[str]:
    methods = function.trigger.options.get("methods") or ()
    return frozenset(str(getattr(method, "value", method)).upper() for method in methods)


def _compile(function: Function, prefix: str) -> re.Pattern[str]:
    """Compile a route template.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger
    """
    expression = ""
    for segment in _path(function, prefix).strip("/").split("/"):
        separator = "/" if expression else ""
        parameter = _SEGMENT.fullmatch(segment)
        if not parameter:
            expression += separator + _literal(segment, function)
            continue
        rest, name, constraint, optional = parameter.groups()
        if constraint not in _CONSTRAINTS:
            raise StartError(f"function {function.name}: route constraint {constraint!r} is not supported by devhost.")
        group = f"{separator}(?P<{name}>{'.*' if rest else _CONSTRAINTS[constraint]})"
        expression += f"(?:{group})?" if optional or rest else group
    return re.compile(expression, re.IGNORECASE)


def _literal(segment: str, function: Function) -> str:
    if "{" in segment or "}" in segment:
        raise StartError(f"function {function.name}: route segment {segment!r} is not supported by devhost.")
    return re.escape(segment)
