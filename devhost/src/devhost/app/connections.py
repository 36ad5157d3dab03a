"""Check that the connection settings of triggers point to the host's own services, the only ones they can listen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from devhost.app.functions import Function
from devhost.app.settings import Settings
from devhost.errors import StartError

_ENDPOINT_KEYS = {"serviceBusTrigger": "Endpoint", "blobTrigger": "BlobEndpoint"}
_DEFAULT_NAMES = {"serviceBusTrigger": "AzureWebJobsServiceBus", "blobTrigger": "AzureWebJobsStorage"}


def check_connections(functions: Sequence[Function], settings: Settings, own: Mapping[str, str]) -> None:
    """Raise StartError if a trigger of a type in `own` (connection string by trigger type) points elsewhere."""
    for function in functions:
        kind = function.trigger.type
        if kind not in own:
            continue
        key = _ENDPOINT_KEYS[kind]
        name = function.trigger.options.get("connection") or _DEFAULT_NAMES[kind]
        place = f"function {function.name}"
        configured = _address(settings.connection(name, place), key)
        if configured != _address(own[kind], key):
            raise StartError(
                f"{place}: setting {name!r} points to {configured or 'no ' + key}, but devhost's trigger can only"
                f" listen to its own {key} {_address(own[kind], key)}: use its placeholder in the settings."
            )


def _address(connection_string: str, key: str) -> str:
    """Return `host:port` of one endpoint in a connection string, "" if it has no such endpoint."""
    prefix = f"{key}="
    found = (part.removeprefix(prefix) for part in connection_string.split(";") if part.startswith(prefix))
    url = urlsplit(next(found, ""))
    host = "127.0.0.1" if url.hostname == "localhost" else url.hostname
    return f"{host}:{url.port}" if host else ""
