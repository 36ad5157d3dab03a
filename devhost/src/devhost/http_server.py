"""The one HTTP server, on the loopback address only and for requests to its own names only.

It answers as soon as the services run. Requests to the app wait until that is loaded.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from devhost.listening import LOOPBACK

_OWN_NAMES = frozenset({LOOPBACK, "localhost"})
_MOST_BYTES = 100 * 1024 * 1024  # the Functions host's limit for a request
_SHUTDOWN_SECONDS = 1.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer:
    """The HTTP server on a listening socket: early clients wait and are not refused, and `start` answers them."""

    def __init__(self, listener: socket.socket) -> None:
        self._socket = listener
        self._runner: web.AppRunner | None = None
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.app = web.Application(middlewares=[_refuse_foreign_hosts], client_max_size=_MOST_BYTES)
        self._rest: asyncio.Future[Handler] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Answer requests to the routes of `app`, which must all be there, and keep the others for `serve_rest`."""
        self.app.router.add_route("*", "/{path:.*}", self._serve_rest)
        # The Functions host hands a compressed body on as it came.
        self._runner = web.AppRunner(
            self.app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, auto_decompress=False
        )
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self._socket.close()

    def serve_rest(self, handler: Handler) -> None:
        """Give the requests that have no route of their own to `handler`; until then they wait."""
        self._rest.set_result(handler)

    async def _serve_rest(self, request: web.Request) -> web.StreamResponse:
        handler = self._rest.result() if self._rest.done() else await asyncio.shield(self._rest)
        return await handler(request)


def is_from_another_origin(request: web.Request) -> bool:
    """Return whether a page of another origin has sent a request that could change something."""
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    try:
        return URL(origin).origin() != request.url.origin()
    except ValueError:  # "null", or no address at all
        return True


@web.middleware
async def _refuse_foreign_hosts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse requests for other host names, as from a page whose name was rebound to 127.0.0.1 (DNS rebinding)."""
    if request.host.rpartition(":")[0] not in _OWN_NAMES and request.host not in _OWN_NAMES:
        raise web.HTTPForbidden(text=f"Only requests to {' or '.join(sorted(_OWN_NAMES))} are answered.\n")
    return await handler(request)
