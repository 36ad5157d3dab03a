"""Check that the connection settings of triggers point to the host's own services, the only ones they can listen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from devhost.app.functions import Function
from devhost.app.settings import Settings
from devhost.errors import StartError

_ENDPOINT_KEYS = {"serviceBusTrigger": "Endpoint", "blobTrigger": "BlobEndpoint"}
_PLACEHOLDERS = {"serviceBusTrigger": "$DEVHOST_SERVICE_BUS", "blobTrigger": "$DEVHOST_STORAGE"}
_KEY = "AccountKey"
_DEFAULT_NAMES = {"serviceBusTrigger": "AzureWebJobsServiceBus", "blobTrigger": "AzureWebJobsStorage"}


def check_connections(functions: Sequence[Function], settings: Settings, own: Mapping[str, str]) -> None:
    """Raise StartError naming each trigger that points elsewhere than `own`, a connection string by trigger type."""
    problems = list[str]()
    for function in functions:
        kind = function.trigger.type
        if kind in own:
            name = function.trigger.options.get("connection") or _DEFAULT_NAMES[kind]
            if problem := _problem(settings, name, own[kind], _ENDPOINT_KEYS[kind]):
                problems.append(f"function {function.name}: {problem}. Set {name} to {_PLACEHOLDERS[kind]}.")
    if problems:
        raise StartError("\n".join(problems))


def _problem(settings: Settings, name: str, own: str, key: str) -> str | None:
    """Return why a trigger cannot use a connection, None if it is devhost's own."""
    configured = settings.connection(name)
    if configured is None:
        identity = settings.identity_of(name)
        return f"{identity} names a service of the cloud" if identity else f"connection {name!r} is not set"
    address = _address(configured, key)
    if address != _address(own, key):
        return (
            f"connection {name!r} points to {address or 'no ' + key}, but devhost's trigger can only listen to its own"
            f" {key} {_address(own, key)}"
        )
    if _KEY in configured and _part(configured, _KEY) != _part(own, _KEY):
        return f"connection {name!r} has another key than devhost's storage, whose key is random"
    return None


def _part(connection_string: str, key: str) -> str:
    """Return one value of a connection string, "" if it is not there."""
    prefix = f"{key}=".lower()
    found = (part[len(prefix) :] for part in connection_string.split(";") if part.lower().startswith(prefix))
    return next(found, "")


def _address(connection_string: str, key: str) -> str:
    """Return `host:port` of one endpoint in a connection string, "" if it has no such endpoint."""
    url = urlsplit(_part(connection_string, key))
    host = "127.0.0.1" if url.hostname == "localhost" else url.hostname
    return f"{host}:{url.port}" if host and url.port else host or ""
