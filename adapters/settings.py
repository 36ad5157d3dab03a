"""Settings of the app, from the environment only, in the form that Azure Functions itself uses for connections."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

_ROOT = Path(__file__).resolve().parent.parent


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

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read and check all settings. Raises SettingsError naming every one that is missing or bad."""
        given = os.environ if environment is None else environment
        values = {name: value.strip() for name, value in given.items() if value.strip()}
        wrong: list[str] = []

        def endpoint(name: str, example: str) -> str | None:
            value = values.get(name)
            if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
                wrong.append(f"{name} is not a URL; expected something like {example}")
            return value

        documents = values.get("Documents")
        blob = endpoint("Documents__blobServiceUri", "https://ACCOUNT.blob.core.windows.net")
        table = endpoint("Documents__tableServiceUri", "https://ACCOUNT.table.core.windows.net")
        if documents and not _is_connection_string(documents):
            wrong.append("Documents is not a storage connection string (Name=value pairs joined by ';')")
        if not documents and not (blob and table):
            wrong.append(
                "Documents is missing: a storage connection string, or on Azure Documents__blobServiceUri "
                "and Documents__tableServiceUri"
            )

        service_bus = values.get("ServiceBus")
        namespace = values.get("ServiceBus__fullyQualifiedNamespace")
        if service_bus and not service_bus.startswith("Endpoint=sb://"):
            wrong.append("ServiceBus is not a Service Bus connection string; it starts with Endpoint=sb://")
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
            raise SettingsError("The app cannot start with these settings:\n" + "\n".join(f"- {x}" for x in wrong))
        return cls(
            documents,
            blob,
            table,
            service_bus,
            namespace,
            topic,
            values.get("EventGridTopic__topicKey"),
            policy_file,
        )


def _is_connection_string(text: str) -> bool:
    return text == "UseDevelopmentStorage=true" or ("AccountName=" in text or "BlobEndpoint=" in text)


@cache
def settings() -> Settings:
    """The settings of this process. Raises SettingsError."""
    return Settings.from_environment()
