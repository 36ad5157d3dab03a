"""Settings of the app, from the environment only, in the form that Azure Functions itself uses for connections."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from adapters.connection_strings import fields_of, opens_namespace, opens_storage, storage_endpoint
from contracts.names import VERIFICATION_KEYS_SETTINGS

_PROJECT: Final = Path(__file__).resolve().parent.parent
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+")
_TRANSACTIONS: Final = ("direct", "sdk")
_SHORTEST_KEY: Final = 32  # characters: 128 bits as hexadecimal digits
_REFERENCE: Final = "@Microsoft.KeyVault("  # which Azure replaces by the secret, unless it cannot read it


class SettingsError(Exception):
    """The app cannot run in this environment; the text lists every setting that is missing or bad."""


class Part(StrEnum):
    """What some of the settings are for."""

    STORAGE = "storage"
    SERVICE_BUS = "Service Bus"
    TOPIC = "Event Grid"
    POLICIES = "policies"
    FRONT_DOOR = "front door"


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings. A connection is a connection string, or endpoints with the app's managed identity."""

    documents: str | None
    blob_endpoint: str | None
    table_endpoint: str | None
    service_bus: str | None
    service_bus_namespace: str | None
    topic_endpoint: str | None
    topic_key: str | None
    topic_subscriptions: str | None  # where the topic's event subscriptions are listed; only the command reads it
    sdk_transactions: bool  # True: adapters/ledger/table.py is not used
    policy_file: Path
    environment: str  # named in requests and answers, so that a message from another environment is recognised
    verification_keys: Mapping[str, str]  # JWK Sets by the names of their settings
    attestation_keys: str | None  # the front door's JWK Set, or the file that holds it
    attestation_signing_key: str | None  # the front door signs with it: a version in a key vault, or a file
    sign_in_client_id: str | None  # of the app registration by which people sign in; without it nobody can
    sign_in_tenant_id: str | None
    guests_may_sign_in: bool
    reviewer_role_assigned: bool  # somebody can decide at the front door where a policy names nobody
    form_key: str | None  # a secret of which the pages make the tokens of their forms
    mistakes: Mapping[Part, tuple[str, ...]]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read and check all settings. Raises SettingsError naming every one that is missing or bad."""
        settings = cls.unchecked(os.environ if environment is None else environment)
        settings.check(*Part)
        return settings

    @classmethod
    def unchecked(cls, environment: Mapping[str, str]) -> Self:
        """Read all settings. What is missing or bad does not matter until its part is checked."""
        values = _Values(environment)
        documents, blob_endpoint, table_endpoint = _storage(values)
        service_bus, namespace = _service_bus(values)
        return cls(
            documents,
            blob_endpoint,
            table_endpoint,
            service_bus,
            namespace,
            _topic_endpoint(values),
            values.get("EventGridTopic__topicKey"),
            values.url("EventGridTopic__subscriptionsUri", Part.TOPIC, "https://management.azure.com/..."),
            _sdk_transactions(values),
            _policy_file(values),
            values.get("ENVIRONMENT_NAME") or "local",
            values.starting_with(VERIFICATION_KEYS_SETTINGS),
            values.get("ATTESTATION_KEYS"),
            values.get("ATTESTATION_SIGNING_KEY"),
            values.get("SIGN_IN_CLIENT_ID"),
            values.get("SIGN_IN_TENANT_ID"),
            values.get("SIGN_IN_GUESTS") == "allowed",
            values.get("REVIEWER_ROLE_ASSIGNED") == "true",
            _form_key(values),
            {part: tuple(mistakes) for part, mistakes in values.mistakes.items()},
        )

    def blob_address(self) -> str:
        """Return where the documents are. Comes after `check`."""
        return storage_endpoint(self.documents, "blob") if self.documents else str(self.blob_endpoint)

    def table_address(self) -> str:
        """Return where the ledger is. Comes after `check`."""
        return storage_endpoint(self.documents, "table") if self.documents else str(self.table_endpoint)

    def service_bus_address(self) -> str:
        """Return where the queues and topics are. Comes after `check`."""
        if not self.service_bus:
            return f"amqps://{self.service_bus_namespace}"
        fields = fields_of(self.service_bus)
        scheme = "amqp" if fields.get("usedevelopmentemulator", "").lower() == "true" else "amqps"
        return scheme + fields["endpoint"][len("sb") :]

    def check(self, *parts: Part) -> None:
        """Raise SettingsError naming every setting for these parts that is missing or bad."""
        if mistakes := [mistake for part in parts for mistake in self.mistakes[part]]:
            raise SettingsError("These settings cannot be used:\n" + "\n".join(f"- {mistake}" for mistake in mistakes))


class _Values:
    """The settings that are not blank, and the mistakes found in them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {name: value.strip() for name, value in environment.items() if value.strip()}
        self.mistakes: dict[Part, list[str]] = {part: [] for part in Part}

    def get(self, name: str) -> str | None:
        return self._values.get(name)

    def url(self, name: str, part: Part, example: str) -> str | None:
        value = self._values.get(name)
        if value and not _is_url(value):
            self.mistakes[part].append(f"{name} is not a URL; expected something like {example}")
        return value

    def starting_with(self, prefix: str) -> dict[str, str]:
        return {name: value for name, value in self._values.items() if name.startswith(prefix)}


def _storage(values: _Values) -> tuple[str | None, str | None, str | None]:
    connection_string = values.get("Documents")
    blob = values.url("Documents__blobServiceUri", Part.STORAGE, "https://ACCOUNT.blob.core.windows.net")
    table = values.url("Documents__tableServiceUri", Part.STORAGE, "https://ACCOUNT.table.core.windows.net")
    if connection_string and not opens_storage(connection_string):
        values.mistakes[Part.STORAGE].append(
            "Documents is not a storage connection string: AccountName=... and AccountKey=... (in Base64) or "
            "SharedAccessSignature=..., joined by ';'"
        )
    if not connection_string and not (blob and table):
        values.mistakes[Part.STORAGE].append(
            "Documents is missing: a storage connection string, or on Azure Documents__blobServiceUri "
            "and Documents__tableServiceUri"
        )
    return connection_string, blob, table


def _service_bus(values: _Values) -> tuple[str | None, str | None]:
    connection_string = values.get("ServiceBus")
    namespace = values.get("ServiceBus__fullyQualifiedNamespace")
    if connection_string and not opens_namespace(connection_string):
        values.mistakes[Part.SERVICE_BUS].append(
            "ServiceBus is not a Service Bus connection string: Endpoint=sb://..., SharedAccessKeyName=... and "
            "SharedAccessKey=..., joined by ';', without EntityPath"
        )
    if namespace and not _HOST.fullmatch(namespace):
        values.mistakes[Part.SERVICE_BUS].append(
            "ServiceBus__fullyQualifiedNamespace is not a host name; expected something like "
            "NAME.servicebus.windows.net"
        )
    if not connection_string and not namespace:
        values.mistakes[Part.SERVICE_BUS].append(
            "ServiceBus is missing: a connection string, or on Azure ServiceBus__fullyQualifiedNamespace "
            "(NAME.servicebus.windows.net)"
        )
    return connection_string, namespace


def _topic_endpoint(values: _Values) -> str | None:
    endpoint = values.url(
        "EventGridTopic__topicEndpointUri", Part.TOPIC, "https://TOPIC.REGION-1.eventgrid.azure.net/api/events"
    )
    if not endpoint:
        values.mistakes[Part.TOPIC].append(
            "EventGridTopic__topicEndpointUri is missing: the endpoint of the Event Grid custom topic"
        )
    return endpoint


def _sdk_transactions(values: _Values) -> bool:
    transactions = values.get("LEDGER_TRANSACTIONS") or "direct"
    if transactions not in _TRANSACTIONS:
        values.mistakes[Part.STORAGE].append(
            f"LEDGER_TRANSACTIONS is '{transactions}'; expected one of {', '.join(_TRANSACTIONS)}"
        )
    return transactions == "sdk"


def _policy_file(values: _Values) -> Path:
    file = _PROJECT / (values.get("POLICY_FILE") or "policies/default.yaml")
    if not file.is_file():
        values.mistakes[Part.POLICIES].append(f"POLICY_FILE names {file}, which is not a file")
    return file


def _form_key(values: _Values) -> str | None:
    key = values.get("FORM_KEY")
    if key and key.startswith(_REFERENCE):
        values.mistakes[Part.FRONT_DOOR].append(
            "FORM_KEY is a Key Vault reference that Azure could not replace: check that the secret is there, and that "
            "the site's identity has the role Key Vault Secrets User on it"
        )
    elif key and len(key) < _SHORTEST_KEY:
        values.mistakes[Part.FRONT_DOOR].append(
            f"FORM_KEY has {len(key)} characters: choose {_SHORTEST_KEY} or more at random, such as those of "
            "`openssl rand -hex 32`"
        )
    return key


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


@cache
def settings() -> Settings:
    """Return the settings of this process. Raises SettingsError."""
    return Settings.from_environment()
