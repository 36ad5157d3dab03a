"""The one HTTP server, on the loopback address only and for requests to its own names only."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

from aiohttp import web

from devhost.listening import LOOPBACK

_OWN_NAMES = frozenset({LOOPBACK, "localhost"})
_MOST_BYTES = 100 * 1024 * 1024  # the Functions host's limit for a request
_SHUTDOWN_SECONDS = 1.0

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer:
    """The HTTP server on a listening socket: early clients wait and are not refused, and `start` answers them."""

    def __init__(self, listener: socket.socket) -> None:
        self._socket = listener
        self._runner: web.AppRunner | None = None
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.app = web.Application(middlewares=[_refuse_foreign_hosts], client_max_size=_MOST_BYTES)

    async def start(self) -> None:
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self._socket.close()


@web.middleware
async def _refuse_foreign_hosts(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuse requests for other host names, as from a page whose name was rebound to 127.0.0.1 (DNS rebinding)."""
    if request.host.rpartition(":")[0] not in _OWN_NAMES and request.host not in _OWN_NAMES:
        raise web.HTTPForbidden(text=f"Only requests to {' or '.join(sorted(_OWN_NAMES))} are answered.\n")
    return await handler(request)
