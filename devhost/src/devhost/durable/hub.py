"""The public face of the durable task hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from devhost.clock import Clock
from devhost.durable.api.client import DurableClient
from devhost.durable.api.management_api import ManagementApi
from devhost.durable.api.urls import ManagementUrls
from devhost.durable.engine.instance import Group
from devhost.durable.engine.versions import ANY_VERSION, Versioning
from devhost.durable.storage.commit_loop import CommitLoop
from devhost.ports import DurableFunctions

# The .NET host's default is ten activities for each core; two cores are what a small plan has.
_DEFAULT_CONCURRENT_ACTIVITIES = 20


class DurableHub:
    """A task hub in one SQLite file; a `devhost.ports.Service`.

    `system_key` opens the webhook routes if `key_required`. `start` raises HubFileError if the file cannot be used, for
    example because another process uses it, FileVersionError if a newer devhost wrote it.
    """

    def __init__(
        self,
        database: Path,
        clock: Clock,
        functions: DurableFunctions,
        *,
        hub_name: str,
        system_key: str,
        key_required: bool = True,
        max_concurrent_activities: int = _DEFAULT_CONCURRENT_ACTIVITIES,
        versioning: Versioning = ANY_VERSION,
    ) -> None:
        self._loop = CommitLoop(database, clock, functions, max_concurrent_activities, versioning)
        self._urls = ManagementUrls(hub_name, system_key)
        self.client = DurableClient(self._loop, clock.now)
        """The client API within this process."""
        self._api = ManagementApi(self._loop, self.client, self._urls, system_key, key_required=key_required)

    async def start(self) -> None:
        """Open the file and continue what was left unfinished: activities, due timers, undelivered events."""
        await self._loop.start()

    async def stop(self) -> None:
        """Commit what has been requested and close the file. Running activities run again after the next start."""
        await self._loop.stop()

    def in_flight(self) -> str | None:
        """Return what is ready or running, None if nothing is. Waiting for an event or a timer does not count."""
        return self._loop.in_flight()

    @property
    def failure(self) -> str | None:
        """The reason why it stopped by itself and takes no more requests, else None."""
        return self._loop.failure

    def groups(self) -> list[Group]:
        """Return the instances, counted by orchestrator and status."""
        return self._loop.store.groups()

    def stuck(self) -> Mapping[str, str]:
        """Return the reason, by instance id, for each instance that only a further event could move."""
        return self._loop.executions.stuck

    async def serve(self, request: web.Request) -> web.StreamResponse | None:
        """Answer a request below /durabletask or /runtime/webhooks/durabletask; None if it is for another path."""
        return await self._api.serve(request)

    def client_binding(self, base_url: str) -> str:
        """Return the JSON text of a durableClient binding; `base_url` is the origin of the host's HTTP server."""
        return self._urls.client_binding(base_url.rstrip("/"))
