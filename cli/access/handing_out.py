"""The settings that can be handed out."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from adapters.settings import Part, Settings, SettingsError
from cli.access.reachability import is_here
from cli.failures import CommandError, ExitCode

_ENDPOINT = re.compile(r"=((?:http|https|sb)://[^;]+)")
_ENDPOINTS = "Documents__blobServiceUri, Documents__tableServiceUri and ServiceBus__fullyQualifiedNamespace"


def handed_out(settings: Settings, place: str) -> tuple[str, str]:
    """Return a settings file without secrets, and a remark about it. Raises CommandError if there would be one."""
    try:
        settings.check(Part.STORAGE, Part.SERVICE_BUS)
    except SettingsError as error:
        raise CommandError(f"{error}\nThey were read from {place}.", ExitCode.USAGE) from error
    values = {
        "Documents": settings.documents,
        "Documents__blobServiceUri": settings.blob_endpoint,
        "Documents__tableServiceUri": settings.table_endpoint,
        "ServiceBus": settings.service_bus,
        "ServiceBus__fullyQualifiedNamespace": settings.service_bus_namespace,
        "EventGridTopic__subscriptionsUri": None if settings.topic_key else settings.topic_subscriptions,
        "ENVIRONMENT_NAME": settings.environment,
        "ATTESTATION_SIGNING_KEY": _in_vault(settings.attestation_signing_key),
    }
    keys = {name: values[name] for name in ("Documents", "ServiceBus") if values[name]}
    if real := [name for name, value in keys.items() if not _is_of_here(str(value))]:
        text = f"{' and '.join(real)}: a key is not handed out; set the endpoints instead, {_ENDPOINTS}"
        raise CommandError(text, ExitCode.USAGE)
    content = {"IsEncrypted": False, "Values": {name: value for name, value in values.items() if value}}
    remark = (
        "The keys of the stack on this machine are in it: they open nothing else."
        if keys
        else "No secret is in it: whoever uses it signs in, see `compliance login`."
    )
    return json.dumps(content, indent=2) + "\n", remark


def _in_vault(signing_key: str | None) -> str | None:
    """Return the name of the front door's key for `doctor`, unless it is a file, which nobody else has."""
    return signing_key if signing_key and "://" in signing_key else None


def _is_of_here(connection: str) -> bool:
    hosts = [urlsplit(endpoint).hostname or "" for endpoint in _ENDPOINT.findall(connection)]
    return connection == "UseDevelopmentStorage=true" or (bool(hosts) and all(map(is_here, hosts)))
