"""The place where user code runs: one event loop for all async handlers and a thread pool for the others.

One loop for the whole app, as in the Python worker, because the durable client keeps a session bound to its loop; and
never the host's loop, so that user code that blocks cannot stop the broker or the hub.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from azure.durable_functions.models.utils import http_utils

_STOP_SECONDS = 1.0  # twice at most, so that the whole host stops within three


class Worker:
    """The app's event loop and thread pool; the host's loop can await what runs on either."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="app-loop", daemon=True)
        self._pool = ThreadPoolExecutor(_pool_size(), thread_name_prefix="app-sync")

    def start(self) -> None:
        self._thread.start()

    def run_async(self, work: Coroutine[Any, Any, Any]) -> Awaitable[Any]:
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def run_sync(self, work: Callable[[], Any]) -> Awaitable[Any]:
        future: Future[Any] = self._pool.submit(contextvars.copy_context().run, work)
        return asyncio.wrap_future(future)

    async def stop(self) -> None:
        """End the app's loop. Handlers that do not end in time are abandoned; their triggers were not acknowledged."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._thread.ident is None:
            self._loop.close()
            return
        ending = asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop)
        await asyncio.wait([asyncio.wrap_future(ending)], timeout=_STOP_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, _STOP_SECONDS)
        if not self._loop.is_running():
            self._loop.close()


async def _end_tasks() -> None:
    await http_utils._close_session()  # else the durable client's session would live as long as the process
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _pool_size() -> int:
    """Return the pool's size by the worker's own rule: the app setting, else ThreadPoolExecutor's default."""
    configured = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
    return int(configured) if configured.isdecimal() and int(configured) > 0 else min(32, (os.cpu_count() or 1) + 4)
