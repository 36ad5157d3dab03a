"""Written blobs: found in the access log, confirmed by a request for the blob's current version.

As a safety net the watched containers are listed at the start, after a gap in the log, and from time to time.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, BlobType
from azure.storage.blob.aio import BlobServiceClient

from devhost.storage.access_log import AccessLog, LoggedRequest
from devhost.storage.receipts import BlobReceipts
from devhost.storage.unlistable_names import NAMES_FILE, unlistable_names
from devhost.supervision import supervise

_log = logging.getLogger("devhost.blobs")

_RELIST_SECONDS = 600.0
_RETRY_SECONDS = 1.0
_UNLISTABLE_SECONDS = 60.0  # until a container that cannot be listed is listed again
_BARRIER_SECONDS = 10.0
_AT_ONCE = 8
_CHANGES = {"": "PutBlob", "blocklist": "PutBlockList", "appendblock": "AppendBlock", "page": "PutPage"}
_ETAG_ONLY = frozenset({"metadata", "properties"})  # operations that change the ETag but not the content


@dataclass(frozen=True, slots=True)
class BlobVersion:
    """A blob as it is now. `api` is the operation that wrote it (Event Grid's name), "" if it was found by listing."""

    container: str
    name: str
    url: str
    properties: BlobProperties
    api: str

    @property
    def etag(self) -> str:
        return self.properties.etag.strip('"')

    @property
    def blob_type(self) -> str:
        """BlockBlob, PageBlob or AppendBlob."""
        return BlobType(self.properties.blob_type).value


class BlobSubscriber(Protocol):
    """A subscriber to new versions of the blobs in one container."""

    @property
    def key(self) -> str:
        """Its name in the receipts."""
        ...

    @property
    def container(self) -> str: ...

    def wants(self, name: str) -> bool: ...

    def offer(self, version: BlobVersion) -> None:
        """Take a version without a receipt, and write the receipt once it is handled. May be called again."""
        ...


class BlobWatcher:
    """The search for new blob versions, which are offered to the subscribers (ports.Service)."""

    def __init__(self, client: BlobServiceClient, log_file: Path, receipts: BlobReceipts) -> None:
        self._client = client
        self._receipts = receipts
        self._log = AccessLog(log_file, self._on_request, self._relist)
        self._subscribers: Sequence[BlobSubscriber] = ()
        self._dirty: dict[tuple[str, str], str] = {}
        self._names = log_file.parent / "azurite" / NAMES_FILE
        self._listing_due = True
        self._unlistable: set[str] = set()
        self.refused: dict[str, str] = {}
        """Why storage refuses a watched container, by its name."""
        self._forbidden_said = False
        self._looking = False
        self._wake = asyncio.Event()
        self._marks: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def subscribe(self, subscribers: Sequence[BlobSubscriber]) -> None:
        self._subscribers = subscribers

    async def start(self) -> None:
        self._log.start()
        if self._subscribers:
            self._wake.set()
            self._tasks = [supervise(self._look()), supervise(self._relist_now_and_then())]

    async def stop(self) -> None:
        self._log.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def in_flight(self) -> str | None:
        if not self._tasks or not (self._dirty or self._looking or self._listing_due):
            return None
        return f"looking at {len(self._dirty)} changed blobs" if self._dirty else "listing the watched containers"

    async def catch_up(self) -> None:
        """Return once every write that was answered before this call has been noticed.

        It sends a request of its own: once the line of that is read, so are all before it. Raises TimeoutError.
        """
        if not self._subscribers:
            return
        mark = f"devhost-{uuid.uuid4().hex}"
        noticed = self._marks[mark] = asyncio.Event()
        try:
            async with asyncio.timeout(_BARRIER_SECONDS):
                await self._client.get_container_client(mark).exists()
                await noticed.wait()
        finally:
            del self._marks[mark]

    def _on_request(self, request: LoggedRequest) -> None:
        container, _, name = request.path.partition("/")
        if request.status == HTTPStatus.FORBIDDEN and not self._forbidden_said:
            self._forbidden_said = True
            _log.warning(
                "Storage has refused a client (403, %s %s). The well-known development key does not open it, because"
                " each state folder has a key of its own: give the client $DEVHOST_STORAGE",
                request.method,
                request.path,
            )
        if mark := self._marks.get(container):
            mark.set()
        if request.method == "DELETE" and container in self._unlistable:
            self._relist()  # the blob with the name may be gone
        if request.method != "PUT" or not name or request.status not in (200, 201, 202):
            return
        if request.comp in _CHANGES:
            api = "CopyBlob" if request.status == 202 else _CHANGES[request.comp]
        elif request.comp in _ETAG_ONLY:
            api = "SetBlobMetadata" if request.comp == "metadata" else "SetBlobProperties"
        else:
            return
        if any(s.container == container and s.wants(name) for s in self._subscribers):
            self._dirty[container, name] = api
            self._wake.set()

    def _relist(self) -> None:
        self._listing_due = True
        self._wake.set()

    async def _relist_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_RELIST_SECONDS)
            self._relist()

    async def _look(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            self._looking = True
            try:
                if self._listing_due:
                    for container in sorted({subscriber.container for subscriber in self._subscribers}):
                        await self._list_if_possible(container)
                    self._listing_due = False
                while self._dirty:
                    batch = dict(self._dirty.popitem() for _ in range(min(_AT_ONCE, len(self._dirty))))
                    try:
                        await asyncio.gather(*(self._inspect_if_possible(*blob, api) for blob, api in batch.items()))
                    except AzureError:
                        self._dirty = batch | self._dirty
                        raise
            except AzureError as error:
                _log.warning("Azurite does not answer, next attempt in %s s: %s", _RETRY_SECONDS, error)
                self._listing_due = True
                asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._wake.set)
            finally:
                self._looking = False

    async def _list_if_possible(self, container: str) -> None:
        """List a container, unless Azurite cannot because of a name in it: writes are noticed without, from its log."""
        try:
            await self._list(container)
            self._unlistable.discard(container)
        except HttpResponseError as error:
            if error.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN):  # others must not wait for it
                self._pass_over(container, str(error.reason))
                return
            if error.status_code != HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            self._unlistable.add(container)
            suspected = ", ".join(ascii(name) for name in unlistable_names(self._names, container))
            _log.warning(
                "Azurite cannot list the container %s. Only new writes in it are noticed, and your app cannot list it "
                "either. The cause is probably a name that XML cannot hold: %s. Delete that blob.",
                container,
                suspected or "none is found",
            )
            asyncio.get_running_loop().call_later(_UNLISTABLE_SECONDS, self._relist)

    def _pass_over(self, container: str, reason: str) -> None:
        if container not in self.refused:
            _log.warning("Storage refuses the container %s, so that no blob in it is noticed: %s", container, reason)
        self.refused[container] = reason

    async def _list(self, container: str) -> None:
        mark, current = self._receipts.newest(), dict[str, str]()
        try:
            async for blob in self._client.get_container_client(container).list_blobs():
                current[blob.name] = blob.etag.strip('"')
                if self._is_news(container, blob.name, current[blob.name]):
                    self._dirty.setdefault((container, blob.name), "")
        except ResourceNotFoundError:
            _log.debug("Container %s does not exist yet", container)
        self._receipts.forget_stale(container, current, mark)

    def _is_news(self, container: str, name: str, etag: str) -> bool:
        return any(
            subscriber.wants(name) and not self._receipts.is_done(subscriber.key, container, name, etag)
            for subscriber in self._subscribers
            if subscriber.container == container
        )

    async def _inspect_if_possible(self, container: str, name: str, api: str) -> None:
        """Inspect a blob; pass over it if Azurite answers, but not with its properties: others must not wait for it."""
        try:
            await self._inspect(container, name, api)
        except (HttpResponseError, ValueError) as error:
            _log.warning("The blob %s in %s cannot be read and is passed over: %s", ascii(name), container, error)

    async def _inspect(self, container: str, name: str, api: str) -> None:
        blob = self._client.get_blob_client(container, name)
        try:
            properties = await blob.get_blob_properties()
        except ResourceNotFoundError:
            return  # deleted meanwhile
        version = BlobVersion(container, name, blob.url, properties, api)
        for subscriber in self._subscribers:
            if (
                subscriber.container == container
                and subscriber.wants(name)
                and not self._receipts.is_done(subscriber.key, container, name, version.etag)
            ):
                subscriber.offer(version)
