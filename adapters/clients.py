"""The Azure SDK clients of this process: made on first use, never at import, and shared by all functions.

All functions of a worker run on one event loop, so each client and its connections serve them all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies

from adapters.settings import Part, Settings
from contracts.names import LEDGER_TABLE, READS_TABLE, WAITING_TABLE

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient
    from azure.eventgrid.aio import EventGridPublisherClient
    from azure.identity.aio import DefaultAzureCredential
    from azure.servicebus.aio import ServiceBusClient
    from azure.storage.blob.aio import BlobServiceClient

# Bytes of a document in memory at a time, whatever its size.
_CHUNK = 4 * 1024 * 1024
# aiohttp takes proxies and ~/.netrc from the environment together, and reads that file, in a thread, for each request.
# Only the proxies are wanted.
_HTTP: dict[str, Any] = {"use_env_settings": not getproxies().keys().isdisjoint({"http", "https", "all"})}
_BLOBS: dict[str, Any] = {
    **_HTTP,
    "max_single_get_size": _CHUNK,
    "max_chunk_get_size": _CHUNK,
    "max_single_put_size": _CHUNK,
    # The SDK would wait 18, 24 and 42 seconds before its three retries; these are 3, 5 and 9.
    "initial_backoff": 1,
    "increment_base": 2,
}


class _Closable(Protocol):
    async def close(self) -> None: ...


class Clients:
    """SDK clients for one set of settings. Without a key or connection string they use the default credential.

    Before one is opened, `reach` is called with the address and the part of the settings that it belongs to.
    """

    def __init__(self, settings: Settings, reach: Callable[[str, Part], None] | None = None) -> None:
        self._settings = settings
        self._reach = reach
        self._opened: list[_Closable] = []

    def _check(self, part: Part, address: Callable[[Settings], str]) -> None:
        self._settings.check(part)
        if self._reach:
            self._reach(address(self._settings), part)

    @property
    def environment(self) -> str:
        """The name of the environment that the clients connect to."""
        return self._settings.environment

    @property
    def has_front_door(self) -> bool:
        """Whether there are keys with which a front door's word is checked."""
        return self._settings.attestation_keys is not None

    @cached_property
    def credential(self) -> DefaultAzureCredential:
        """The identity of this process, or of whoever is signed in on this machine."""
        from azure.identity.aio import DefaultAzureCredential

        credential = DefaultAzureCredential()
        self._opened.append(credential)
        return credential

    @cached_property
    def blobs(self) -> BlobServiceClient:
        """The account that holds the documents."""
        from azure.storage.blob.aio import BlobServiceClient

        self._check(Part.STORAGE, Settings.blob_address)
        if self._settings.documents:
            client = BlobServiceClient.from_connection_string(self._settings.documents, **_BLOBS)
        else:
            client = BlobServiceClient(str(self._settings.blob_endpoint), self.credential, **_BLOBS)
        self._opened.append(client)
        return client

    @cached_property
    def ledger_table(self) -> TableClient:
        """The table of the ledger, in the documents' account."""
        return self._table(LEDGER_TABLE)

    @cached_property
    def waiting_table(self) -> TableClient:
        """The table of the inboxes, in the documents' account."""
        return self._table(WAITING_TABLE)

    @cached_property
    def reads_table(self) -> TableClient:
        """The table of who has opened which document, in the documents' account."""
        return self._table(READS_TABLE)

    def _table(self, name: str) -> TableClient:
        from azure.data.tables.aio import TableClient

        from adapters.ledger.table import LedgerTable

        self._check(Part.STORAGE, Settings.table_address)
        kind = TableClient if self._settings.sdk_transactions else LedgerTable
        if self._settings.documents:
            table = kind.from_connection_string(self._settings.documents, name, **_HTTP)
        else:
            table = kind(str(self._settings.table_endpoint), name, credential=self.credential, **_HTTP)
        self._opened.append(table)
        return table

    @cached_property
    def service_bus(self) -> ServiceBusClient:
        """The namespace of all queues and topics."""
        from azure.servicebus.aio import ServiceBusClient

        self._check(Part.SERVICE_BUS, Settings.service_bus_address)
        if self._settings.service_bus:
            client = ServiceBusClient.from_connection_string(self._settings.service_bus)
        else:
            client = ServiceBusClient(str(self._settings.service_bus_namespace), self.credential)
        self._opened.append(client)
        return client

    @cached_property
    def topic(self) -> EventGridPublisherClient:
        """The Event Grid custom topic for completion and refusal events."""
        from azure.core.credentials import AzureKeyCredential
        from azure.eventgrid.aio import EventGridPublisherClient

        self._settings.check(Part.TOPIC)
        key = self._settings.topic_key
        credential = AzureKeyCredential(key) if key else self.credential
        client = EventGridPublisherClient(str(self._settings.topic_endpoint), credential, **_HTTP)
        self._opened.append(client)
        return client

    async def token(self, scope: str) -> str:
        """Return a token of the account that is signed in. Raises ClientAuthenticationError if there is none."""
        return (await self.credential.get_token(scope)).token

    async def topic_headers(self, url: str) -> dict[str, str]:
        """Return the headers for a request about the custom topic: its key, or a token for the URL's host.

        Raises AzureError.
        """
        if self._settings.topic_key:
            return {"aeg-sas-key": self._settings.topic_key}
        parts = urlsplit(url)
        return {"Authorization": f"Bearer {await self.token(f'{parts.scheme}://{parts.netloc}/.default')}"}

    async def close(self) -> None:
        """Close all open clients. For the command line: a function worker lives as long as its clients."""
        for client in reversed(self._opened):
            await client.close()
