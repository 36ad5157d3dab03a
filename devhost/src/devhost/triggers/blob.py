"""Blob triggers: run a function for each new version of a matching blob, five times at most, then the poison queue.

As from the host, content is bytes, or a reference for parameters of SDK types (model binding data).
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from dataclasses import dataclass
from types import SimpleNamespace

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.functions.meta import Datum
from azure.storage.blob.aio import BlobServiceClient
from azure.storage.queue.aio import QueueServiceClient

from devhost.app.checks import is_sdk_type
from devhost.app.functions import Function
from devhost.app.host_json import Blobs
from devhost.dispatch.invoker import Invoker
from devhost.storage.blob_watcher import BlobVersion
from devhost.storage.receipts import BlobReceipts
from devhost.supervision import supervise
from devhost.triggers.blob_path import BlobPath

_log = logging.getLogger("devhost.blobs")

POISON_QUEUE = "webjobs-blobtrigger-poison"
_DEFAULT_CONNECTION = "AzureWebJobsStorage"


@dataclass(frozen=True, slots=True)
class Storage:
    """The clients of the emulator, and the receipts."""

    blobs: BlobServiceClient
    queues: QueueServiceClient
    receipts: BlobReceipts


class BlobTrigger:
    """The blob trigger of one function (ports.Service, storage.BlobSubscriber)."""

    def __init__(self, function: Function, storage: Storage, invoker: Invoker, options: Blobs) -> None:
        self._function = function
        self._storage = storage
        self._invoker = invoker
        self._options = options
        self._path = BlobPath(function.trigger.options["path"], f"function {function.name}")
        self._slots = asyncio.Semaphore(options.max_degree_of_parallelism)
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}

    @property
    def name(self) -> str:
        return self._function.name

    @property
    def key(self) -> str:
        return f"function:{self._function.name}"

    @property
    def container(self) -> str:
        return self._path.container

    def wants(self, name: str) -> bool:
        return self._path.match(name) is not None

    def offer(self, version: BlobVersion) -> None:
        run = (version.name, version.etag)
        if run not in self._running:
            task = self._running[run] = supervise(self._handle(version))
            task.add_done_callback(lambda _: self._running.pop(run))

    async def find(self, container: str, name: str) -> BlobVersion | None:
        """Return a blob as it is now, None if it is not there or not one of the trigger's."""
        if container != self.container or not self.wants(name):
            return None
        blob = self._storage.blobs.get_blob_client(container, name)
        try:
            return BlobVersion(container, name, blob.url, await blob.get_blob_properties(), "")
        except ResourceNotFoundError:
            return None

    async def run(self, version: BlobVersion) -> None:
        """Run the function once, whether or not this version is done."""
        await self._succeeds(version)

    def offer_unless_done(self, version: BlobVersion) -> None:
        if not self._storage.receipts.is_done(self.key, version.container, version.name, version.etag):
            self.offer(version)

    async def start(self) -> None: ...

    async def stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def in_flight(self) -> str | None:
        return f"{self._function.name}: {len(self._running)} blobs" if self._running else None

    async def _handle(self, version: BlobVersion) -> None:
        receipts, blob = self._storage.receipts, (self.key, version.container, version.name, version.etag)
        async with self._slots:
            for attempt in range(receipts.failures(*blob) + 1, self._options.poison_blob_threshold + 1):
                if await self._succeeds(version):
                    break
                receipts.record(*blob, failures=attempt, done=False)
            else:
                await self._send_to_poison_queue(version)
            receipts.record(*blob, done=True)

    async def _succeeds(self, version: BlobVersion) -> bool:
        """Run the function once. Return True if it succeeded or this version no longer exists."""
        try:
            data = await self._data(version)
        except (ResourceNotFoundError, ResourceModifiedError):
            _log.info("%s/%s is gone or newer by now", version.container, version.name)
            return True
        except AzureError as error:
            _log.warning("Cannot read %s/%s: %s", version.container, version.name, error)
            return False
        try:
            await self._invoker.invoke(self._function, data, self._metadata(version))
        except Exception:  # logged by the invoker, counted by the caller
            return False
        return True

    async def _data(self, version: BlobVersion) -> Datum:
        trigger = self._function.trigger
        if is_sdk_type(trigger, self._function.annotations.get(trigger.name)):
            return self._reference(version)
        return Datum(await self._content(version), "bytes")

    async def _content(self, version: BlobVersion) -> bytes:
        blob = self._storage.blobs.get_blob_client(version.container, version.name)
        unchanged = {"etag": version.properties.etag, "match_condition": MatchConditions.IfNotModified}
        download = await blob.download_blob(**unchanged)
        return await download.readall()

    def _reference(self, version: BlobVersion) -> Datum:
        connection = self._function.trigger.options.get("connection") or _DEFAULT_CONNECTION
        content = {"Connection": connection, "ContainerName": version.container, "BlobName": version.name}
        value = SimpleNamespace(
            version="1.0", source="AzureStorageBlobs", content_type="application/json", content=json.dumps(content)
        )
        return Datum(value, "model_binding_data")

    def _metadata(self, version: BlobVersion) -> dict[str, Datum]:
        properties = version.properties
        described = {
            "ContentLength": properties.size,
            "ContentType": properties.content_settings.content_type,
            "ETag": properties.etag,
            "BlobType": version.blob_type,
            "LastModified": properties.last_modified.isoformat(),
            "CreatedOn": properties.creation_time.isoformat(),
        }
        tokens = self._path.match(version.name) or {}
        return {
            "BlobTrigger": Datum(f"{version.container}/{version.name}", "string"),
            "Uri": Datum(version.url, "string"),
            "Properties": Datum(json.dumps(described), "json"),
            "Metadata": Datum(json.dumps(properties.metadata or {}), "json"),
            **{key: Datum(value, "string") for key, value in tokens.items()},
        }

    async def _send_to_poison_queue(self, version: BlobVersion) -> None:
        """Send the real host's message, in base64 like all of its storage queue messages."""
        queue = self._storage.queues.get_queue_client(POISON_QUEUE)
        message = {
            "Type": "BlobTrigger",
            "FunctionId": f"Host.Functions.{self._function.name}",
            "BlobType": version.blob_type,
            "ContainerName": version.container,
            "BlobName": version.name,
            "ETag": version.properties.etag,
        }
        try:
            await queue.create_queue()
        except ResourceExistsError:
            _log.debug("The poison queue exists")
        await queue.send_message(base64.b64encode(json.dumps(message).encode()).decode())
        _log.error("%s/%s failed %s: now on %s", version.container, version.name, self._function.name, POISON_QUEUE)
