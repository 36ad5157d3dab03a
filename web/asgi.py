"""The ASGI app: all routes. Without a sign-in, only static files can be had."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware

from web.api.routes import api_routes
from web.door import Door, current_door
from web.guard import Guard
from web.headers import DefaultHeaders
from web.pages.routes import page_routes


def front_door(door: Callable[[], Door] = current_door) -> Starlette:
    """Return the app. The door is opened at the first request."""
    guard = Guard(door)
    return Starlette(routes=[*api_routes(guard), *page_routes(guard)], middleware=[Middleware(DefaultHeaders)])
