"""The documents' containers: what lies there, what its bytes are. Never more than one block of a document in memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, BlobType, ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient, StorageStreamDownloader
from cachetools import LRUCache

from compliance.document import bare_etag
from contracts.malware_scan import READS_TAGS

# Documents up to this length are inspected as they are read; of larger ones parts are read again.
HELD_BYTES = 8 * 1024 * 1024
_HASHED_AT_ONCE = 256 * 1024  # bytes; less takes no longer than handing it to a thread
_MOST_REMEMBERED = 1000  # blobs, whose metadata takes 8 KiB at most
_MOST_CLIENTS = 128  # of 33 KiB each

# https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
_UNREADABLE = {
    "BlobArchived": "it lies in the Archive tier",
    "BlobBeingRehydrated": "it lies in the Archive tier and is being brought back",
    "BlobUsesCustomerSpecifiedEncryption": "it is encrypted with a key that its uploader gave with the request",
}
_NO_ROLE = "AuthorizationPermissionMismatch"


def quoted(etag: str) -> str:
    """Return an ETag as HTTP conditions spell it."""
    return f'"{etag}"'


class DocumentChangedError(Exception):
    """The blob no longer has the ETag that was asked for, or is gone.

    The text names no document: logs and durable history keep it.
    """


class DocumentUnreadableError(Exception):
    """The blob is of a kind that can never be read and moved; the text says why."""


class DocumentTooLargeError(Exception):
    """The blob is larger than what was to be read."""

    def __init__(self, length: int) -> None:
        super().__init__(f"the blob has {length} bytes")
        self.length = length


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as it is now."""

    container: str
    name: str
    etag: str
    length: int
    content_type: str | None
    metadata: dict[str, str]
    copy_status: str | None

    @classmethod
    def of(cls, container: str, properties: BlobProperties) -> Blob:
        """From the SDK's properties."""
        metadata = {key.lower(): value for key, value in (properties.metadata or {}).items()}
        return cls(
            container,
            properties.name,
            bare_etag(str(properties.etag)),
            properties.size or 0,
            properties.content_settings.content_type,
            metadata,
            properties.copy.status if properties.copy else None,
        )


@dataclass(frozen=True, slots=True)
class Content:
    """What reading a document once has found. `held` is the whole document where it has at most HELD_BYTES."""

    sha256: str
    length: int
    held: bytes | None


class Documents:
    """Reads and uploads blobs of the documents' account."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service
        self._metadata = LRUCache[str, dict[str, str]](_MOST_REMEMBERED)
        self._clients = lru_cache(_MOST_CLIENTS)(service.get_blob_client)

    def client(self, container: str, name: str) -> BlobClient:
        """Return the SDK client of one blob. Making one takes 0.1 ms, and a document needs it seven times."""
        return self._clients(container, name)

    async def current(self, container: str, name: str) -> Blob | None:
        """Return the blob as it is now, or None."""
        try:
            blob = Blob.of(container, await self.client(container, name).get_blob_properties())
        except ResourceNotFoundError:
            return None
        self._metadata[_version(container, name, blob.etag)] = blob.metadata
        return blob

    async def metadata_of(self, container: str, name: str, etag: str) -> dict[str, str]:
        """Read the blob's metadata at this ETag.

        If the blob has changed, its current metadata are returned; {} if it is gone.
        """
        known = self._metadata.get(_version(container, name, etag))
        if known is None:
            blob = await self.current(container, name)
            return blob.metadata if blob else {}
        return known

    async def pending(self, container: str) -> AsyncIterator[Blob]:
        """Every blob of a container."""
        async for properties in self._service.get_container_client(container).list_blobs(include=["metadata"]):
            yield Blob.of(container, properties)

    async def read(
        self, container: str, name: str, etag: str, most_seconds: float, most_bytes: int | None = None
    ) -> Content:
        """Hash exactly these bytes, block by block.

        Raises DocumentChangedError when the blob has another ETag or is gone, DocumentTooLargeError before anything
        but the first block is read, DocumentUnreadableError, and TimeoutError when reading takes longer than
        `most_seconds`.
        """
        async with asyncio.timeout(most_seconds):
            download = await self._download(container, name, etag)
            if download.properties.blob_type != BlobType.BLOCKBLOB:
                raise DocumentUnreadableError("it is no block blob, and only block blobs can be archived")
            length = download.properties.size
            if most_bytes is not None and length > most_bytes:
                raise DocumentTooLargeError(length)
            digest, held = hashlib.sha256(), bytearray()
            async for block in _blocks(download, container, name, etag):
                if length <= HELD_BYTES:
                    held += block
                if len(block) > _HASHED_AT_ONCE:
                    await asyncio.to_thread(digest.update, block)
                else:
                    digest.update(block)
        return Content(digest.hexdigest(), length, bytes(held) if length <= HELD_BYTES else None)

    async def part(self, container: str, name: str, etag: str, offset: int, length: int) -> bytes:
        """Read a range of exactly these bytes. Raises DocumentChangedError."""
        download = await self._download(container, name, etag, offset, length)
        return b"".join([block async for block in _blocks(download, container, name, etag)])

    async def blocks(self, container: str, name: str, etag: str) -> AsyncIterator[bytes]:
        """Exactly these bytes, block by block. Raises DocumentChangedError and DocumentUnreadableError."""
        async for block in _blocks(await self._download(container, name, etag), container, name, etag):
            yield block

    async def tags(self, container: str, name: str, etag: str) -> dict[str, str]:
        """Read the index tags of exactly these bytes. Raises DocumentChangedError and, without a role, PermissionError.

        Writing a blob anew gives it another ETag: tags that were read while this one was current belong to it.
        """
        with _unchanged(container, etag):
            try:
                tags = await self.client(container, name).get_blob_tags()
            except HttpResponseError as error:
                if _error_code(error) == _NO_ROLE:
                    raise PermissionError(f"to read index tags in the container {container}, {READS_TAGS}") from error
                raise
        current = await self.current(container, name)
        if current is None or current.etag != etag:
            raise DocumentChangedError(f"a blob in {container} no longer has the ETag {etag}")
        return tags or {}

    async def _download(
        self, container: str, name: str, etag: str, offset: int | None = None, length: int | None = None
    ) -> StorageStreamDownloader[bytes]:
        with _unchanged(container, etag):
            try:
                return await self.client(container, name).download_blob(
                    offset=offset,
                    length=length,
                    etag=quoted(etag),
                    match_condition=MatchConditions.IfNotModified,
                    max_concurrency=1,
                    decompress=False,  # else the blob's Content-Encoding, which its uploader chose, would be undone
                )
            except HttpResponseError as error:
                if why := _UNREADABLE.get(_error_code(error)):
                    raise DocumentUnreadableError(why) from error
                raise

    async def upload(
        self,
        container: str,
        name: str,
        content: BinaryIO,
        *,
        content_type: str,
        metadata: dict[str, str],
        progress: Callable[[int, int | None], Awaitable[None]],
    ) -> str:
        """Put a document under a name, whatever is there; returns its ETag. `progress` hears bytes done and in all."""
        written = await self.client(container, name).upload_blob(
            content,
            overwrite=True,
            content_settings=ContentSettings(content_type=content_type),
            metadata=metadata,
            progress_hook=progress,
        )
        return bare_etag(str(written["etag"]))


async def _blocks(
    download: StorageStreamDownloader[bytes], container: str, name: str, etag: str
) -> AsyncIterator[bytes]:
    with _unchanged(container, etag):
        async for block in download.chunks():
            yield block


@contextmanager
def _unchanged(container: str, etag: str) -> Iterator[None]:
    try:
        yield
    except (ResourceModifiedError, ResourceNotFoundError) as error:
        raise DocumentChangedError(f"a blob in {container} no longer has the ETag {etag}") from error


def _error_code(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))


def _version(container: str, name: str, etag: str) -> str:
    return f"{container}/{name}/{etag}"  # an ETag has no slash
