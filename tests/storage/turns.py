"""Several runs of the app over one wire, one request at a time, in the order that a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from tests.storage.wire import Wire

T = TypeVar("T")


class Turns(Generic[T]):
    """A transport that holds each run after each of its requests until its turn. The test's own requests pass."""

    def __init__(self, wire: Wire) -> None:
        wire.step_in(self._hold)
        self._held: dict[asyncio.Task[T], asyncio.Event] = {}
        self._stopped: dict[asyncio.Task[T], asyncio.Event] = {}

    async def start(self, run: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Let a run make its first request."""
        task = asyncio.create_task(run)
        self._stopped[task] = asyncio.Event()
        task.add_done_callback(lambda done: self._stopped[done].set())
        await self._stopped[task].wait()
        return task

    async def advance(self, task: asyncio.Task[T]) -> None:
        """Let a run go on until its next request is done, or to its end."""
        if not task.done():
            self._stopped[task].clear()
            self._held.pop(task).set()
            await self._stopped[task].wait()

    async def crash(self, task: asyncio.Task[T]) -> None:
        """Kill a run where it stands."""
        task.cancel()
        await asyncio.wait([task])

    async def _hold(self, _: int) -> None:
        task: Any = asyncio.current_task()
        if task in self._stopped:
            self._held[task] = asyncio.Event()
            self._stopped[task].set()
            await self._held[task].wait()
