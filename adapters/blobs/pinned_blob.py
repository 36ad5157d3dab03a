"""The bytes and tags of exactly one version of a blob. Never more than one block of a document in memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobType
from azure.storage.blob.aio import BlobClient, StorageStreamDownloader

from adapters.blobs.documents import Documents, error_code, quoted

# Documents up to this length are inspected in memory; of larger ones, parts are read again.
HELD_BYTES = 8 * 1024 * 1024
_HASHED_AT_ONCE = 256 * 1024  # bytes; less takes no longer than handing it to a thread

# https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
_UNREADABLE = {
    "BlobArchived": "it lies in the Archive tier",
    "BlobBeingRehydrated": "it lies in the Archive tier and is being brought back",
    "BlobUsesCustomerSpecifiedEncryption": "it is encrypted with a key that its uploader gave with the request",
}


class DocumentChangedError(Exception):
    """The blob no longer has the ETag under which it was to be read, or is gone.

    The text names no document, because logs and durable history keep it.
    """


class DocumentUnreadableError(Exception):
    """The blob is of a kind that can never be read and moved; the text says why."""


class DocumentTooLargeError(Exception):
    """The blob is larger than allowed."""

    def __init__(self, length: int) -> None:
        super().__init__(f"the blob has {length} bytes")
        self.length = length


@dataclass(frozen=True, slots=True)
class Content:
    """The result of reading a document once. `held` is the whole document if it has at most HELD_BYTES."""

    sha256: str
    length: int
    held: bytes | None


class PinnedBlob:
    """A blob at one ETag. Every method raises DocumentChangedError if the blob has another one by now, or is gone."""

    def __init__(self, documents: Documents, container: str, name: str, etag: str) -> None:
        self._documents = documents
        self._container, self._name, self._etag = container, name, etag

    async def read(self, most_seconds: float, most_bytes: int | None = None) -> Content:
        """Hash the bytes, block by block.

        Raises DocumentTooLargeError after the first block at the latest, DocumentUnreadableError, and TimeoutError if
        reading takes longer than `most_seconds`.
        """
        async with asyncio.timeout(most_seconds):
            download = await self._download()
            if download.properties.blob_type != BlobType.BLOCKBLOB:
                raise DocumentUnreadableError("it is no block blob, and only block blobs can be archived")
            length = download.properties.size
            if most_bytes is not None and length > most_bytes:
                raise DocumentTooLargeError(length)
            digest, held = hashlib.sha256(), bytearray()
            async for block in self._blocks_of(download):
                if length <= HELD_BYTES:
                    held += block
                if len(block) > _HASHED_AT_ONCE:
                    await asyncio.to_thread(digest.update, block)
                else:
                    digest.update(block)
        return Content(digest.hexdigest(), length, bytes(held) if length <= HELD_BYTES else None)

    async def part(self, offset: int, length: int) -> bytes:
        """Read a range of the bytes."""
        download = await self._download(offset, length)
        return b"".join([block async for block in self._blocks_of(download)])

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the bytes, block by block. Raises DocumentUnreadableError."""
        async for block in self._blocks_of(await self._download()):
            yield block

    async def tags(self) -> dict[str, str]:
        """Read the index tags. Raises PermissionError if the app may not.

        Writing a blob anew gives it another ETag: tags that were read while this one was current belong to it.
        """
        tags = await self._documents.tags_of(self._container, self._name)
        current = await self._documents.current(self._container, self._name)
        if current is None or current.etag != self._etag:
            raise self._changed()
        return tags

    @property
    def _client(self) -> BlobClient:
        return self._documents.client(self._container, self._name)

    async def _download(self, offset: int | None = None, length: int | None = None) -> StorageStreamDownloader[bytes]:
        with self._change_as_error():
            try:
                return await self._client.download_blob(
                    offset=offset,
                    length=length,
                    etag=quoted(self._etag),
                    match_condition=MatchConditions.IfNotModified,
                    max_concurrency=1,
                    decompress=False,  # else the blob's Content-Encoding, which its uploader chose, would be undone
                )
            except HttpResponseError as error:
                if why := _UNREADABLE.get(error_code(error)):
                    raise DocumentUnreadableError(why) from error
                raise

    async def _blocks_of(self, download: StorageStreamDownloader[bytes]) -> AsyncIterator[bytes]:
        with self._change_as_error():
            async for block in download.chunks():
                yield block

    @contextmanager
    def _change_as_error(self) -> Iterator[None]:
        try:
            yield
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            raise self._changed() from error

    def _changed(self) -> DocumentChangedError:
        return DocumentChangedError(f"a blob in {self._container} no longer has the ETag {self._etag}")
