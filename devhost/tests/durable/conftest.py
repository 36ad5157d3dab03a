from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import azure.durable_functions as df
import pytest
from aiohttp import ClientSession, web
from azure.durable_functions.models.utils import http_utils

# Tests are imported one by one, not as a package: the modules that they share are found here.
sys.path.insert(0, str(Path(__file__).parent))
from any_path import any_path
from app_functions import AppFunctions
from devhost.clock import Clock
from devhost.durable.hub import DurableHub

SYSTEM_KEY = "system-key-of-the-tests"
DEADLINE = 120.0


class RunningHub:
    """A hub behind a real HTTP server, the SDK's client for it, and its clock."""

    def __init__(self, hub: DurableHub, clock: Clock, origin: str, session: ClientSession) -> None:
        self.hub, self.clock, self.origin, self.session = hub, clock, origin, session
        self.client = df.DurableOrchestrationClient(hub.client_binding(origin))

    async def settle(self) -> None:
        """Wait until nothing is in flight."""
        await self.until(lambda: self.hub.in_flight() is None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Poll `condition`. Raises TimeoutError after the deadline."""
        async with asyncio.timeout(DEADLINE):
            while not condition():  # noqa: ASYNC110 - what is waited for sets no asyncio.Event
                await asyncio.sleep(0.002)

    async def advance(self, seconds: float) -> None:
        """Advance like `devhost clock advance`: from due time to due time, settling at each."""
        target = self.clock.time() + seconds
        await self.settle()
        while (due := self.clock.next_due()) is not None and due <= target:
            self.clock.jump_to(due)
            await self.settle()
        self.clock.jump_to(target)
        await self.settle()

    async def run(self, name: str, value: Any = None, instance_id: str | None = None) -> str:
        """Start an instance, let it run as far as it can without an advance of time, and return its id."""
        started = await self.client.start_new(name, instance_id, value)
        await self.settle()
        return started

    async def status(self, instance_id: str, **query: str) -> dict[str, Any]:
        """Return the status body of the RPC route."""
        async with self.session.get(f"{self.origin}/durabletask/instances/{instance_id}", params=query) as response:
            return await response.json(content_type=None)

    async def call(self, method: str, path: str, body: str | None = None, **query: str) -> tuple[int, Any]:
        """Make a request below the RPC routes. Return status code and JSON body, None if it is empty."""
        url = f"{self.origin}/durabletask/{path}"
        headers = {"Content-Type": "application/json"}
        async with self.session.request(method, url, data=body, params=query, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def outcome(self, instance_id: str) -> tuple[str, Any]:
        body = await self.status(instance_id)
        return body["runtimeStatus"], body["output"]


@pytest.fixture
def app_functions() -> AppFunctions:
    return AppFunctions(Path(__file__).with_name("scenario_app.py"))


@asynccontextmanager
async def running(hub: DurableHub, clock: Clock) -> AsyncIterator[RunningHub]:
    await hub.start()
    runner = web.AppRunner(any_path(hub.serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with ClientSession() as session:
            yield RunningHub(hub, clock, f"http://127.0.0.1:{runner.addresses[0][1]}", session)
    finally:
        await http_utils._close_session()
        await runner.cleanup()
        await hub.stop()


@pytest.fixture
def run_hub(tmp_path: Path, app_functions: Any) -> Callable[..., AbstractAsyncContextManager[RunningHub]]:
    """Return a function that runs a hub, one after the other on the same file."""

    def run(clock: Clock, functions: Any = app_functions, **options: Any) -> AbstractAsyncContextManager[RunningHub]:
        hub = DurableHub(tmp_path / "hub.db", clock, functions, hub_name="TestHub", system_key=SYSTEM_KEY, **options)
        return running(hub, clock)

    return run


@pytest.fixture
async def durable(run_hub: Callable[..., AbstractAsyncContextManager[RunningHub]]) -> AsyncIterator[RunningHub]:
    async with run_hub(Clock()) as started:
        yield started
