"""Faults that a test arms at the fault proxy: which requests they are for, how often, and how a paused one goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Service = Literal["blob", "table"]
Forward = Callable[[], Awaitable[web.Response]]
Behaviour = Callable[[web.Request, Forward], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests to which a fault applies. A field that is left out matches everything."""

    service: Service | None = None
    method: str | None = None
    path: str = ""  # part of the percent-decoded path, such as "/published/"
    query: str = ""  # part of the query string, such as "comp=metadata"
    body: str = ""  # part of the body, such as a review's id in a transaction
    copy: bool | None = None  # Copy Blob requests only, or anything but these

    def include(self, service: str, request: web.Request, body: bytes) -> bool:
        """Return whether the request is one of these."""
        return (
            self.service in (None, service)
            and self.method in (None, request.method)
            and self.path in request.path
            and self.query in request.query_string
            and self.body.encode() in body
            and self.copy in (None, "x-ms-copy-source" in request.headers)
        )


@dataclass(slots=True)
class Fault:
    """A fault that is armed for a number of requests, or until it is lifted."""

    requests: Requests
    behaviour: Behaviour
    left: int | None  # None: until lifted
    happened: int = 0

    def lift(self) -> None:
        """Let requests pass again from now on."""
        self.left = 0

    def take(self, service: str, request: web.Request, body: bytes) -> bool:
        """Count this request, and return whether it is hit."""
        if self.left == 0 or not self.requests.include(service, request, body):
            return False
        self.left = self.left and self.left - 1
        self.happened += 1
        return True


@dataclass(slots=True)
class Pause:
    """One request that is held until the test says how it goes on."""

    loop: asyncio.AbstractEventLoop
    reached: threading.Event = field(default_factory=threading.Event)
    _resumed: asyncio.Event = field(default_factory=asyncio.Event)
    _dropped: bool = False

    def let_go(self) -> None:
        """Let the request continue as if nothing had happened."""
        self.loop.call_soon_threadsafe(self._resumed.set)

    def drop(self) -> None:
        """Break the connection. A request that storage has not seen yet never reaches it."""
        self._dropped = True
        self.let_go()

    async def hold(self) -> bool:
        """Wait for the test. True when the request goes on."""
        self.reached.set()
        await self._resumed.wait()
        return not self._dropped
