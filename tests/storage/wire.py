"""What carries requests to storage, where a test can step in after each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport

Tap = Callable[[int], Awaitable[None]]


class KilledError(BaseException):
    """The process was killed. Like a real kill, no `except Exception` can catch it."""


async def pass_on(_: int) -> None:
    """Step in nowhere."""


class Wire(AioHttpTransport):
    """The SDK's transport. `tap` is called with a request's number after storage acts, before the app has the answer.

    Only storage outlives a crash, so a crash before a request is the same as one after the request before it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[str] = []
        self.tap: Tap = pass_on
        self.forget_copies = False  # as Azure Storage does when a copied blob's properties are set
        self.rows_one_by_one = False  # queries are answered in pages of one row, as Azure Storage may at any time

    async def send(self, request: Any, **config: Any) -> Any:
        if self.rows_one_by_one and "()" in request.url:
            request.url += ("&" if "?" in request.url else "?") + "%24top=1"
        source = request.headers.get("x-ms-copy-source")
        self.requests.append(f"{request.method} {request.url}" + (f" from {source}" if source else ""))
        number = len(self.requests)
        response = await super().send(request, **config)
        if self.forget_copies:
            for name in [name for name in response.headers if name.lower().startswith("x-ms-copy-")]:
                del response.headers[name]
        try:
            await self.tap(number)
        except BaseException:
            response.internal_response.close()
            raise
        return response

    def step_in(self, tap: Tap) -> None:
        """From now on call this after each request, which are counted from 1 again."""
        self.requests, self.tap = [], tap


def after(number: int, act: Callable[[], Awaitable[None]]) -> Tap:
    """Do something once, after so many requests."""

    async def tap(now: int) -> None:
        if now == number:
            await act()

    return tap


async def crash() -> None:
    """Kill the app."""
    raise KilledError


async def lose_answer() -> None:
    """Break the connection before the answer arrives."""
    raise ServiceResponseError("Connection lost, injected.")
