"""One host: the services, the hosted app and one HTTP server, started in order and stopped in reverse.

Durable functions, Event Grid and the app's own HTTP functions share the server. `endpoints.json` is written last and
removed first: while it exists, everything is ready.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from azure.storage.blob.aio import BlobServiceClient, LinearRetry
from azure.storage.queue.aio import QueueServiceClient

from devhost.admin import AdminApi
from devhost.advance import ClockAdvance
from devhost.app.environment import prepare_environment, settings_file
from devhost.app.settings import Settings, host_section, local_http_port
from devhost.clock import Clock
from devhost.companions.file import read_companions
from devhost.companions.program import Program
from devhost.cors import read_cors
from devhost.diagnosis.diagnosis import Diagnosis
from devhost.dispatch.worker import Worker
from devhost.durable.storage.schema import HubFileError
from devhost.errors import StartError
from devhost.event_grid.config import EventGridConfig, read_config
from devhost.event_grid.grid import EventGrid
from devhost.event_grid.http_api import PUBLISH_PATH, SUBSCRIPTIONS_PATH, EventGridApi
from devhost.event_grid.storage_topic import StorageTopic
from devhost.hosted_app import HostedApp, Platform, load_app
from devhost.http_names import SIGN_IN_PATH
from devhost.http_server import HttpServer
from devhost.listening import Ports, listening_socket
from devhost.ports import Service
from devhost.service_bus import EntityConfig, ServiceBusBroker, load_entities
from devhost.sign_in.easy_auth import EasyAuth
from devhost.sign_in.people_file import read_people
from devhost.state import Keys, StateFolder
from devhost.storage.azurite import Azurite
from devhost.storage.blob_watcher import BlobSubscriber, BlobWatcher
from devhost.storage.provision import StorageEntities, provision, read_storage_entities
from devhost.storage.receipts import BlobReceipts
from devhost.triggers.blob import Storage
from devhost.triggers.function_keys import FunctionKeys
from devhost.triggers.service_bus import entities_of

_log = logging.getLogger("devhost")


@dataclass(frozen=True, slots=True)
class HostOptions:
    """The options of `devhost start`. Without `app` only the services run."""

    state: Path
    app: Path | None = None
    settings: Path | None = None
    entities: Path | None = None
    event_grid: Path | None = None
    storage: Path | None = None
    auth: Path | None = None
    companions: Path | None = None
    automatic_ports: bool = False
    http_port: int | None = None
    keys_required: bool = False


class Host:
    """Everything that runs on one state folder."""

    def __init__(self, options: HostOptions) -> None:
        """Read the configuration. Raises StartError if a file is wrong or the state folder cannot be used."""
        self._entities = load_entities(options.entities) if options.entities else EntityConfig()
        self._grid_config = read_config(options.event_grid) if options.event_grid else EventGridConfig()
        self._storage_entities = read_storage_entities(options.storage) if options.storage else StorageEntities()
        self._sign_in = read_people(options.auth) if options.auth else None
        self._companions = read_companions(options.companions) if options.companions else {}
        file = settings_file(options.app, options.settings)
        section = host_section(file) if file else {}
        self._http_port = options.http_port or local_http_port(section)
        self._cors = read_cors(section)
        self._options = options
        self._state = StateFolder(options.state)
        self._stack = AsyncExitStack()
        self._services: dict[str, Service] = {}
        self.app: HostedApp | None = None
        self.companions: list[Program] = []
        self.endpoints: dict[str, Any] = {}

    async def start(self) -> None:
        """Start everything. Raises StartError, with everything stopped again, if something is missing or wrong."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop all that was started, in reverse order."""
        await self._stack.aclose()

    def in_flight(self) -> str | None:
        """Return what is busy anywhere, for people; None if the clock may jump."""
        busy = (f"{name}: {what}" for name, service in self._services.items() if (what := service.in_flight()))
        return next(busy, None)

    def status(self) -> dict[str, Any]:
        app = self.app
        return {
            "inFlight": self.in_flight(),
            "functions": {function.name: function.trigger.type for function in app.functions} if app else {},
            "disabled": app.disabled if app else [],
            "orchestrators": app.orchestrators if app else [],
            "invocations": app.invocations if app else 0,
            "http": {f"{self.endpoints['http']}/{route.path}": route.level for route in app.routes.values()}
            if app
            else {},
        }

    async def _start(self) -> None:
        state, stack = self._state, self._stack
        state.lock()
        stack.callback(state.unlock)
        state.remove_endpoints()  # left by a killed devhost
        keys = state.keys()
        ports = Ports(state.ports(), self._options.automatic_ports)
        clock = Clock(state.path / "clock")

        azurite = Azurite(state.path, keys.storage, ports)
        stack.push_async_callback(azurite.stop)
        if await azurite.start():
            _log.info("Took over the Azurite of a killed devhost")
        await provision(self._storage_entities, azurite.account.connection_string)
        listener = stack.enter_context(ports.listen("service_bus"))
        broker = ServiceBusBroker(
            self._entities, state.path / "service_bus.db", clock, keys.service_bus, listener=listener
        )
        await self._run("Service Bus", broker)
        http_port = self._http_port
        http = HttpServer(ports.listen("http") if http_port is None else _listen(http_port))
        stack.push_async_callback(http.stop)
        taken = {**azurite.account.ports, "service_bus": broker.port, "http": http.port}
        ports.warn_of_others(taken if http_port is None else {**taken, "http": http_port})
        state.remember_ports(taken)
        self.endpoints = _endpoints(azurite.account.connection_string, broker, http, keys)

        storage = await self._open_storage()
        grid = EventGrid(self._grid_config, state.path / "event_grid.db", broker)
        watcher = BlobWatcher(storage.blobs, azurite.log_file, storage.receipts)
        subscribers: list[BlobSubscriber] = [
            StorageTopic(container, grid, storage.receipts) for container in self._grid_config.storage_containers
        ]
        EventGridApi(grid, keys.event_grid).add_routes(http.app)
        advance = ClockAdvance(clock, self.in_flight, watcher.catch_up, self._invocations, self._fire_passed_timers)
        AdminApi(
            clock, advance, self.status, lambda: self._diagnosis(broker, grid, storage, watcher).findings(), keys.admin
        ).add_routes(http.app)
        await self._run("Event Grid", grid)
        of_platform = self._add_sign_in(http, keys.sign_in, clock)
        await http.start()
        folder = self._options.companions.parent if self._options.companions else state.path
        self.companions = [Program(name, each, folder, state.path) for name, each in self._companions.items()]
        for companion in self.companions:
            await self._run(f"companion {companion.name}", companion)
        settings = prepare_environment(self._options.app, self._options.settings, self.endpoints, state, of_platform)
        if self._options.app:
            function_keys = FunctionKeys(keys.function, keys.admin, required=self._options.keys_required)
            platform = Platform(state.path, clock, broker, storage, http.url, keys.durable, function_keys)
            self.app = await self._load(self._options.app, settings, platform, broker)
            subscribers += self.app.blob_triggers
            await self._run("app", self.app)
        watcher.subscribe(subscribers)
        await self._run("blobs", watcher)
        http.serve_rest(self.app.serve if self.app else _no_app)
        state.write_endpoints(self.endpoints)
        stack.callback(state.remove_endpoints)

    def _add_sign_in(self, http: HttpServer, key: str, clock: Clock) -> Mapping[str, str]:
        """Let pages of other origins and people in as configured. Return the settings that the app gets for it."""
        if self._cors:
            self._cors.add_to(http.app)
        if not self._sign_in:
            return {}
        auth = EasyAuth(self._sign_in, key, clock, self._cors)
        auth.add_to(http.app)
        self.endpoints["signIn"] = f"{http.url}{SIGN_IN_PATH}"
        return auth.settings()

    async def _load(self, app: Path, settings: Settings, platform: Platform, broker: ServiceBusBroker) -> HostedApp:
        worker = Worker()
        self._stack.push_async_callback(worker.stop)
        worker.start()
        own = {"serviceBusTrigger": self.endpoints["serviceBus"], "blobTrigger": self.endpoints["storage"]}
        loaded = await worker.run_async(load_app(app, settings, own))
        if not self._options.entities:
            self._entities = entities_of(loaded.functions)
            broker.add(self._entities)
        return HostedApp(loaded, worker, platform)

    async def _run(self, name: str, service: Service) -> None:
        self._services[name] = service
        self._stack.push_async_callback(service.stop)
        try:
            await service.start()
        except (HubFileError, OSError) as error:
            raise StartError(f"{name} cannot start: {error}") from error

    def _diagnosis(
        self, broker: ServiceBusBroker, grid: EventGrid, storage: Storage, watcher: BlobWatcher
    ) -> Diagnosis:
        return Diagnosis(
            self._state.path, self._entities, broker, grid, storage.queues, watcher.refused, self.app, self.companions
        )

    async def _open_storage(self) -> Storage:
        connection_string = self.endpoints["storage"]
        # It is on this machine: it needs no proxy, and not ~/.netrc, which else would be read for each request.
        # For the same reason a long wait between attempts helps nothing, and holds up what is after it.
        blobs = BlobServiceClient.from_connection_string(
            connection_string, use_env_settings=False, retry_policy=LinearRetry(backoff=1, retry_total=2)
        )
        queues = QueueServiceClient.from_connection_string(connection_string)
        await self._stack.enter_async_context(blobs)
        await self._stack.enter_async_context(queues)
        receipts = BlobReceipts(self._state.path / "blobs.db")
        self._stack.callback(receipts.close)
        return Storage(blobs, queues, receipts)

    def _invocations(self) -> int:
        return self.app.invocations if self.app else 0

    def _fire_passed_timers(self) -> None:
        if self.app:
            self.app.fire_passed_timers()


async def _no_app(_: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound(text="No app runs: only the services were started.\n")


def _listen(port: int) -> socket.socket:
    try:
        return listening_socket(port)
    except (OSError, OverflowError) as error:
        raise StartError(f"HTTP cannot listen on port {port}: {error}") from error


def _endpoints(storage: str, broker: ServiceBusBroker, http: HttpServer, keys: Keys) -> dict[str, Any]:
    return {
        "storage": storage,
        "serviceBus": broker.connection_string,
        "eventGrid": {
            "endpoint": f"{http.url}{PUBLISH_PATH}",
            "subscriptions": f"{http.url}{SUBSCRIPTIONS_PATH}?topic=custom",
            "key": keys.event_grid,
        },
        "http": http.url,
        "pid": os.getpid(),
        "functionKey": keys.function,
        "adminKey": keys.admin,
    }
