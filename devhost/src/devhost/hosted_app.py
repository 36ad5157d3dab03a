"""The function app and what runs it: worker, invoker, durable hub and triggers."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from devhost.app.checks import raise_all
from devhost.app.connections import check_connections
from devhost.app.console import keep_console
from devhost.app.functions import Function
from devhost.app.host_json import HostJson, read_host_json
from devhost.app.loader import load_functions
from devhost.app.settings import Settings
from devhost.clock import Clock
from devhost.dispatch.durable_functions import HostedDurableFunctions
from devhost.dispatch.invoker import Invoker
from devhost.dispatch.worker import Worker
from devhost.durable.engine.versions import Versioning
from devhost.durable.hub import DurableHub
from devhost.errors import StartError
from devhost.ports import MessageBroker, Service
from devhost.triggers.blob import BlobTrigger, Storage
from devhost.triggers.function_keys import FunctionKeys
from devhost.triggers.function_list import FunctionList
from devhost.triggers.http import HttpRoutes, ListedRoute
from devhost.triggers.manual_runs import ManualRuns
from devhost.triggers.service_bus import service_bus_trigger
from devhost.triggers.timer import ScheduleStore, TimerTrigger

_log = logging.getLogger("devhost")


@dataclass(frozen=True, slots=True)
class Platform:
    """The services for an app."""

    state: Path
    clock: Clock
    broker: MessageBroker
    storage: Storage
    base_url: str
    system_key: str
    function_keys: FunctionKeys


@dataclass(frozen=True, slots=True)
class LoadedApp:
    """An app whose functions can all run here."""

    host_json: HostJson
    functions: Sequence[Function]
    disabled: Sequence[str]


async def load_app(directory: Path, settings: Settings, connections: Mapping[str, str]) -> LoadedApp:
    """Load the app in a folder on the event loop of its own code, on which it is imported, too.

    `connections` are the host's own connection strings by trigger type. Raises StartError naming all that cannot run.
    """
    os.chdir(directory)  # the real worker's working directory
    host_json = read_host_json(directory, settings)
    if ignored := host_json.ignored():
        _log.debug("host.json: devhost does not use %s", ", ".join(ignored))
    functions = load_functions(directory, settings)
    keep_console()
    disabled = [function.name for function in functions if settings.is_disabled(function.name)]
    enabled = [function for function in functions if function.name not in disabled]
    check_connections(enabled, settings, connections)
    return LoadedApp(host_json, enabled, disabled)


class HostedApp:
    """A loaded app and what triggers its functions (ports.Service)."""

    def __init__(self, app: LoadedApp, worker: Worker, platform: Platform) -> None:
        """Prepare the triggers; `worker` runs already. Raises StartError naming each trigger that is wrong."""
        host_json = app.host_json
        self.disabled = app.disabled
        self.functions = app.functions
        self._invoker = Invoker(
            worker,
            host_json.function_timeout,
            {"durableClient": lambda: self.hub.client_binding(platform.base_url)},
        )
        durable_task = host_json.extensions.durable_task
        self.hub = DurableHub(
            platform.state / "durable.db",
            platform.clock,
            HostedDurableFunctions(self.functions, self._invoker),
            hub_name=durable_task.hub_name,
            system_key=platform.system_key,
            key_required=platform.function_keys.required,
            max_concurrent_activities=durable_task.max_concurrent_activity_functions,
            versioning=Versioning(
                durable_task.default_version,
                durable_task.version_match_strategy,
                durable_task.version_failure_strategy,
            ),
        )
        self._schedules = ScheduleStore(platform.state / "timers.db")
        self.blob_triggers: list[BlobTrigger] = []
        self._timers: list[TimerTrigger] = []
        self._listeners: list[Service] = []
        self._make_triggers(host_json, platform)
        prefix = host_json.extensions.http.route_prefix.strip("/")
        self.orchestrators = [function.durable_name for function in self._of("orchestrationTrigger")]
        self._http = HttpRoutes(self._of("httpTrigger"), self._invoker, prefix, platform.function_keys)
        self._list = FunctionList(self.functions, self.disabled, self.routes, platform.function_keys)
        self._manual = ManualRuns(
            self.functions,
            self._timers,
            self.blob_triggers,
            invoker=self._invoker,
            keys=platform.function_keys,
            now=platform.clock.now,
        )

    @property
    def invocations(self) -> int:
        """How many functions have run so far."""
        return self._invoker.invocations

    @property
    def routes(self) -> Mapping[str, ListedRoute]:
        """The route of each HTTP function by the function's name."""
        return self._http.listed

    def ways_in(self, address: str) -> Iterator[tuple[str, str]]:
        """Yield each function with what calls it: methods, address and key of an HTTP function, or its trigger."""
        for function in sorted(self.functions, key=lambda function: function.name.lower()):
            if route := self.routes.get(function.name):
                key = "" if route.level == "anonymous" else f" (needs the {route.level} key)"
                yield function.name, f"[{','.join(route.methods) or 'any method'}] {address}/{route.path}{key}"
            else:
                yield function.name, function.trigger.type
        yield from ((name, "disabled") for name in self.disabled)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request to the hub, for the list of functions, for a manual run, or to a function."""
        answer = await self.hub.serve(request) or self._list.serve(request) or await self._manual.serve(request)
        return answer or await self._http.serve(request)

    async def start(self) -> None:
        for service in (self.hub, *self._triggers()):
            await service.start()

    async def stop(self) -> None:
        """Stop accepting work, then stop the rest. What is cut short is delivered again after the next start."""
        await asyncio.gather(*(trigger.stop() for trigger in self._triggers()))
        await self.hub.stop()
        self._schedules.close()

    def in_flight(self) -> str | None:
        if running := self._invoker.running():
            return f"running {running}"
        busy = (what for service in (self.hub, *self._triggers()) if (what := service.in_flight()))
        return next(busy, None)

    def running_since(self) -> list[tuple[str, float]]:
        """Return the functions that run now, with the time.monotonic() at which each began."""
        return self._invoker.running_since()

    def fire_passed_timers(self) -> None:
        """Run once each timer function whose occurrences the clock has jumped over."""
        for timer in self._timers:
            timer.catch_up()

    def _triggers(self) -> list[Service]:
        return [*self._listeners, *self.blob_triggers, *self._timers]

    def _of(self, trigger: str) -> list[Function]:
        return [function for function in self.functions if function.trigger.type == trigger]

    def _make_triggers(self, host_json: HostJson, platform: Platform) -> None:
        options, invoker = host_json.extensions, self._invoker
        makers: Mapping[str, Callable[[Function], None]] = {
            "blobTrigger": lambda function: self.blob_triggers.append(
                BlobTrigger(function, platform.storage, invoker, options.blobs)
            ),
            "timerTrigger": lambda function: self._timers.append(
                TimerTrigger(function, platform.clock, invoker, self._schedules)
            ),
            "serviceBusTrigger": lambda function: self._listeners.append(
                service_bus_trigger(function, platform.broker, invoker, options.service_bus)
            ),
        }
        problems = list[StartError]()
        for function in self.functions:
            if make := makers.get(function.trigger.type):
                try:
                    make(function)
                except StartError as problem:
                    problems.append(problem)
        raise_all(problems)
