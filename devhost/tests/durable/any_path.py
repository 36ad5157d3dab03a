"""A hub's HTTP server alone, for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web


def any_path(serve: Callable[[web.Request], Awaitable[web.StreamResponse | None]]) -> web.Application:
    """Return an application that asks a hub about each path, with 404 where the hub has no answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await serve(request) or web.Response(status=404)

    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", answer)
    return app
