"""The documents' containers: what lies there, what its bytes are. Never more than one block of a document in memory."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import BinaryIO

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from compliance.document import bare_etag

# Enough to recognise a file type, including the first entries of an Office file's ZIP directory.
SNIFFED_BYTES = 64 * 1024


def quoted(etag: str) -> str:
    """An ETag as HTTP conditions spell it."""
    return f'"{etag}"'


class DocumentChangedError(Exception):
    """The blob no longer has the ETag that was asked for, or is gone."""


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
    """What reading a document once has found."""

    sha256: str
    beginning: bytes


class Documents:
    """Reads and uploads blobs of the documents' account."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service

    def client(self, container: str, name: str) -> BlobClient:
        """The SDK client of one blob."""
        return self._service.get_blob_client(container, name)

    async def current(self, container: str, name: str) -> Blob | None:
        """The blob as it is now, or None."""
        try:
            return Blob.of(container, await self.client(container, name).get_blob_properties())
        except ResourceNotFoundError:
            return None

    async def pending(self, container: str) -> AsyncIterator[Blob]:
        """Every blob of a container."""
        async for properties in self._service.get_container_client(container).list_blobs(include=["metadata"]):
            yield Blob.of(container, properties)

    async def read(self, container: str, name: str, etag: str, most_seconds: float) -> Content:
        """Hash exactly these bytes, block by block.

        Raises DocumentChangedError when the blob has another ETag or is gone, TimeoutError when reading takes longer
        than `most_seconds`.
        """
        digest, beginning = hashlib.sha256(), b""
        async with asyncio.timeout(most_seconds):
            async for block in self.blocks(container, name, etag):
                if len(beginning) < SNIFFED_BYTES:
                    beginning = (beginning + block)[:SNIFFED_BYTES]
                await asyncio.to_thread(digest.update, block)
        return Content(digest.hexdigest(), beginning)

    async def blocks(self, container: str, name: str, etag: str) -> AsyncIterator[bytes]:
        """Exactly these bytes, block by block. Raises DocumentChangedError."""
        try:
            download = await self.client(container, name).download_blob(
                etag=quoted(etag),
                match_condition=MatchConditions.IfNotModified,
                max_concurrency=1,
                decompress=False,  # else the blob's Content-Encoding, which its uploader chose, would be undone
            )
            async for block in download.chunks():
                yield block
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            raise DocumentChangedError(f"{container}/{name} no longer has the ETag {etag}") from error

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
