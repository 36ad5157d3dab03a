"""The settings of host.json that devhost honours. Every other one is named once in the log.

https://learn.microsoft.com/azure/azure-functions/functions-host-json
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from devhost.app.settings import Settings, leaf_names
from devhost.errors import StartError
from devhost.json_files import as_strict_json

_log = logging.getLogger("devhost")

_TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?")


def seconds_of(value: object) -> float | None:
    """Parse a .NET TimeSpan into seconds; "-1" means no limit."""
    if value == "-1":
        return None
    match = _TIME_SPAN.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError('expected a time span such as "00:05:00", or "-1" for no limit')
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


Seconds = Annotated[float | None, BeforeValidator(seconds_of)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="allow", alias_generator=to_camel, frozen=True)


class Http(_Section):
    route_prefix: str = "api"


class ServiceBus(_Section):
    max_concurrent_calls: int = Field(default=16, ge=1)
    max_concurrent_sessions: int = Field(default=8, ge=1)
    auto_complete_messages: bool = True
    max_message_batch_size: int = Field(default=1000, ge=1)
    max_auto_lock_renewal_duration: Seconds = 300.0


class Blobs(_Section):
    max_degree_of_parallelism: int = Field(default=8 * (os.cpu_count() or 1), ge=1)
    poison_blob_threshold: int = Field(default=5, ge=1)


class DurableTask(_Section):
    hub_name: str = "TestHubName"  # Core Tools' default
    max_concurrent_activity_functions: int = Field(default=10 * (os.cpu_count() or 1), ge=1)
    default_version: str | None = None
    version_match_strategy: Literal["None", "Strict", "CurrentOrOlder"] = "CurrentOrOlder"
    version_failure_strategy: Literal["Reject", "Fail"] = "Reject"


class Extensions(_Section):
    http: Http = Http()
    service_bus: ServiceBus = ServiceBus()
    blobs: Blobs = Blobs()
    durable_task: DurableTask = DurableTask()


class HostJson(_Section):
    """host.json with the platform's defaults. `function_timeout` is in seconds, None if there is no limit."""

    version: Literal["2.0"]
    function_timeout: Seconds = 1800.0  # the default of the Flex Consumption plan
    extensions: Extensions = Extensions()

    def ignored(self) -> list[str]:
        """Return the dotted names of the settings that devhost does not honour."""
        return sorted(_extras(self, ""))


def _extras(section: _Section, prefix: str) -> Iterator[str]:
    yield from leaf_names(section.model_extra or {}, prefix)
    for field, info in type(section).model_fields.items():
        value: Any = getattr(section, field)
        if isinstance(value, _Section):
            yield from _extras(value, f"{prefix}{info.alias}.")


def read_host_json(directory: Path, settings: Settings) -> HostJson:
    """Read host.json of the app in `directory`, if it has one. Raises StartError naming the file and what is wrong."""
    file = directory / "host.json"
    content: Any = {"version": "2.0"}
    try:
        content = json.loads(as_strict_json(file.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        _log.warning('%s is missing: what devhost uses is {"version": "2.0"}', file)
    except ValueError as error:
        raise StartError(f"{file} is not valid JSON: {error}.") from error
    try:
        return _with_hub_name(HostJson.model_validate(content), settings)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise StartError(f"{file}: {found}.") from error


def _with_hub_name(host: HostJson, settings: Settings) -> HostJson:
    """Resolve a hub name such as `%TASKHUB_NAME%`. Like Core Tools without that setting, use the default name."""
    durable = host.extensions.durable_task
    try:
        name = settings.resolve(durable.hub_name, "host.json")
    except StartError as problem:
        name = DurableTask().hub_name
        _log.warning("%s The task hub is called %s.", problem, name)
    durable = durable.model_copy(update={"hub_name": name})
    return host.model_copy(update={"extensions": host.extensions.model_copy(update={"durable_task": durable})})
