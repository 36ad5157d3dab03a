"""Requests to the management API: which handler a path leads to, and what the query says.

As in the Durable extension, case does not matter in paths and names of query parameters, a slash at the end is ignored,
and `+` in a path is a space.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote_plus

from aiohttp import web


class Query:
    """The query parameters of a request. A parameter that is given several times has all its values."""

    def __init__(self, request: web.Request) -> None:
        self._values: dict[str, list[str]] = {}
        if request.query_string:
            for name, value in request.query.items():
                self._values.setdefault(name.lower(), []).append(value)

    def get(self, name: str) -> str | None:
        """Return the value, several ones joined by commas; None if the parameter is missing."""
        values = self._values.get(name.lower())
        return None if values is None else ",".join(values)


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the parts of its path that the route names."""

    request: web.Request
    query: Query
    parts: Mapping[str, str]


Handler: TypeAlias = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its method, and its path below the prefix with `{name}` for what varies."""

    method: str
    path: str
    handler: Handler


class Routes:
    """All operations of the API."""

    def __init__(self, *routes: Route) -> None:
        self._by_size: defaultdict[tuple[str, int], list[tuple[list[str], Handler]]] = defaultdict(list)
        for route in routes:
            template = route.path.split("/")
            self._by_size[route.method, len(template)].append((template, route.handler))

    def find(self, method: str, raw_path: str) -> tuple[Handler, dict[str, str]] | None:
        """Return the handler of a request and the parts of its path, None if there is none."""
        segments = raw_path.strip("/").split("/")
        for template, handler in self._by_size.get((method, len(segments)), ()):
            if (parts := _match(template, segments)) is not None:
                return handler, parts
        return None


def _match(template: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    parts = {}
    for expected, segment in zip(template, segments, strict=True):
        text = unquote_plus(segment)
        if expected.startswith("{"):
            if not text or "/" in text:  # a slash is never part of a name, not even if it is quoted
                return None
            parts[expected.strip("{}")] = text
        elif expected.lower() != text.lower():
            return None
    return parts
