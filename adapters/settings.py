"""Settings of the app, from the environment only, in the form that Azure Functions itself uses for connections."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from azure.core.utils import parse_connection_string
from azure.servicebus import parse_connection_string as service_bus_properties

from contracts.proofs.key_set import SETTING_NAMES

_ROOT = Path(__file__).resolve().parent.parent
_HOST = re.compile(r"[A-Za-z0-9.-]+")


class SettingsError(Exception):
    """The environment cannot run the app; the text lists every setting that is missing or bad."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Where everything is. A connection is a connection string, or endpoints with the app's managed identity."""

    documents: str | None
    blob_endpoint: str | None
    table_endpoint: str | None
    service_bus: str | None
    service_bus_namespace: str | None
    topic_endpoint: str
    topic_key: str | None
    policy_file: Path
    verification_keys: Mapping[str, str]  # JWK Sets by the names of their settings

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read and check all settings. Raises SettingsError naming every one that is missing or bad."""
        given = os.environ if environment is None else environment
        values = {name: value.strip() for name, value in given.items() if value.strip()}
        wrong: list[str] = []

        def endpoint(name: str, example: str) -> str | None:
            value = values.get(name)
            if value and not _is_url(value):
                wrong.append(f"{name} is not a URL; expected something like {example}")
            return value

        documents = values.get("Documents")
        blob = endpoint("Documents__blobServiceUri", "https://ACCOUNT.blob.core.windows.net")
        table = endpoint("Documents__tableServiceUri", "https://ACCOUNT.table.core.windows.net")
        if documents and not _opens_storage(documents):
            wrong.append(
                "Documents is not a storage connection string: AccountName=... and AccountKey=... (in Base64) or "
                "SharedAccessSignature=..., joined by ';'"
            )
        if not documents and not (blob and table):
            wrong.append(
                "Documents is missing: a storage connection string, or on Azure Documents__blobServiceUri "
                "and Documents__tableServiceUri"
            )

        service_bus = values.get("ServiceBus")
        namespace = values.get("ServiceBus__fullyQualifiedNamespace")
        if service_bus and not _opens_namespace(service_bus):
            wrong.append(
                "ServiceBus is not a Service Bus connection string: Endpoint=sb://..., SharedAccessKeyName=... and "
                "SharedAccessKey=..., joined by ';', without EntityPath"
            )
        if namespace and not _HOST.fullmatch(namespace):
            wrong.append(
                "ServiceBus__fullyQualifiedNamespace is not a host name; expected something like "
                "NAME.servicebus.windows.net"
            )
        if not service_bus and not namespace:
            wrong.append(
                "ServiceBus is missing: a connection string, or on Azure ServiceBus__fullyQualifiedNamespace "
                "(NAME.servicebus.windows.net)"
            )

        topic = endpoint("EventGridTopic__topicEndpointUri", "https://TOPIC.REGION-1.eventgrid.azure.net/api/events")
        if not topic:
            wrong.append("EventGridTopic__topicEndpointUri is missing: the endpoint of the Event Grid custom topic")

        policy_file = _ROOT / values.get("POLICY_FILE", "policies/default.yaml")
        if not policy_file.is_file():
            wrong.append(f"POLICY_FILE names {policy_file}, which is not a file")
        if wrong or topic is None:
            raise SettingsError("These settings cannot be used:\n" + "\n".join(f"- {x}" for x in wrong))
        return cls(
            documents,
            blob,
            table,
            service_bus,
            namespace,
            topic,
            values.get("EventGridTopic__topicKey"),
            policy_file,
            {name: value for name, value in values.items() if name.startswith(SETTING_NAMES)},
        )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _opens_storage(text: str) -> bool:
    if text == "UseDevelopmentStorage=true":
        return True
    try:
        given = parse_connection_string(text)
        base64.b64decode(given.get("accountkey", ""), validate=True)
    except ValueError:
        return False
    # An account's name, with which the table client finds its endpoint even where the blob client needs no name.
    return "accountname" in given and ("accountkey" in given or "sharedaccesssignature" in given)


def _opens_namespace(text: str) -> bool:
    try:
        given = service_bus_properties(text)
    except ValueError:
        return False
    # With an entity's path the string is for that entity only; the app uses several.
    return "endpoint=sb://" in text.lower() and given.entity_path is None


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.from_environment()
