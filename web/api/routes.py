"""The routes of the API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from web.api.calls import CALLS
from web.api.json_answers import refuse
from web.api.reviews_json import BASE
from web.door import Door
from web.guard import Guard
from web.problems import not_found
from web.visitors import Visitor


def api_routes(guard: Guard) -> list[BaseRoute]:
    """Return the routes. Any other address is answered with 404, or 401 if nobody has signed in."""
    routes: list[BaseRoute] = [
        Route(BASE + call.path, guard.endpoint(call.handle, call.refuse), methods=[call.method]) for call in CALLS
    ]
    nothing = [
        Route(path, guard.endpoint(_nothing, refuse), methods=["GET", "POST"]) for path in ("/api", "/api/{rest:path}")
    ]
    return [*routes, *nothing]


async def _nothing(_door: Door, _visitor: Visitor, _request: Request) -> Response:
    raise not_found()
