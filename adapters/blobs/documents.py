"""The documents' containers: which blobs lie there, their properties and metadata, and uploads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, BinaryIO

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient
from cachetools import LRUCache, TTLCache

from compliance.document import bare_etag
from contracts.document_metadata import REPLACES, REVIEW_ID
from contracts.malware_scan import READS_TAGS

_MOST_REMEMBERED = 1000  # blobs, whose metadata takes 8 KiB at most
_MOST_CLIENTS = 128  # of 33 KiB each
_UNTAGGED_FOR = 10  # seconds; a document is moved a second after the decision


_REVIEW_ID = re.compile(r"[0-9a-f]{64}")

NO_ROLE = "AuthorizationPermissionMismatch"


def error_code(error: HttpResponseError) -> str:
    """Return storage's code for an error."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))


def quoted(etag: str) -> str:
    """Return an ETag as HTTP conditions spell it."""
    return f'"{etag}"'


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as it is now."""

    container: str
    name: str
    etag: str
    length: int
    content_type: str | None
    metadata: dict[str, str]  # their names in lower case
    copy_status: str | None
    changed_at: datetime
    written_metadata: dict[str, str] = field(default_factory=dict[str, str])  # their names as they were written
    is_tagged: bool = True  # it has index tags, or may have: a listing does not say

    @property
    def named_review(self) -> str | None:
        """The id of the review that its metadata name, whether there is such a review or not; None if it is no id."""
        return _review_id(self.metadata.get(REVIEW_ID))

    @property
    def named_earlier_review(self) -> str | None:
        """The id of the review whose copy this one has replaced, by its metadata; None if it is no id."""
        return _review_id(self.metadata.get(REPLACES))

    @classmethod
    def of(cls, container: str, properties: BlobProperties) -> Blob:
        """Make it from the SDK's properties."""
        written = dict(properties.metadata or {})
        metadata = {key.lower(): value for key, value in written.items()}
        return cls(
            container,
            properties.name,
            bare_etag(str(properties.etag)),
            properties.size or 0,
            properties.content_settings.content_type,
            metadata,
            properties.copy.status if properties.copy else None,
            properties.last_modified,
            written,
        )


class Documents:
    """The blobs of the documents' account."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service
        self._metadata = LRUCache[str, dict[str, str]](_MOST_REMEMBERED)
        self._untagged = TTLCache[str, bool](_MOST_REMEMBERED, _UNTAGGED_FOR)
        self._clients = lru_cache(_MOST_CLIENTS)(service.get_blob_client)

    def client(self, container: str, name: str) -> BlobClient:
        """Return the cached SDK client of one blob. Making it takes 0.1 ms, and a document needs it seven times."""
        return self._clients(container, name)

    async def current(self, container: str, name: str) -> Blob | None:
        """Return the blob as it is now, or None."""
        try:
            properties = await self.client(container, name).get_blob_properties()
        except ResourceNotFoundError:
            return None
        blob = replace(Blob.of(container, properties), is_tagged=bool(properties.tag_count))
        self._metadata[_version(container, name, blob.etag)] = blob.written_metadata
        return blob

    async def age(self, blob: Blob) -> timedelta:
        """Return the age of a version by storage's clock; zero if the blob has changed since, or is gone."""
        dates: list[datetime] = []

        def keep(response: Any) -> None:  # the SDK's PipelineResponse
            dates.append(parsedate_to_datetime(response.http_response.headers["Date"]))

        try:
            properties = await self.client(blob.container, blob.name).get_blob_properties(raw_response_hook=keep)
        except ResourceNotFoundError:
            return timedelta(0)
        is_same = bare_etag(str(properties.etag)) == blob.etag
        return dates[-1] - properties.last_modified if is_same else timedelta(0)

    async def metadata_of(self, container: str, name: str, etag: str) -> dict[str, str]:
        """Read the blob's metadata at this ETag, as they were written.

        If the blob has changed, its current metadata are returned; {} if it is gone.
        """
        known = self._metadata.get(_version(container, name, etag))
        if known is None:
            blob = await self.current(container, name)
            return blob.written_metadata if blob else {}
        return known

    def remember_untagged(self, blob: Blob) -> None:
        """Remember for ten seconds whether a blob has no index tags, for `tags_of`."""
        self._untagged.pop(version := _version(blob.container, blob.name, blob.etag), None)
        if not blob.is_tagged:
            self._untagged[version] = True

    async def tags_of(self, container: str, name: str, *, remembered_at: str | None = None) -> dict[str, str]:
        """Read the blob's index tags; {} if it is gone. Raises PermissionError if the app may not.

        Nothing is read if the version with the ETag `remembered_at` is remembered to have no tags.
        """
        if remembered_at and _version(container, name, remembered_at) in self._untagged:
            return {}
        try:
            return await self.client(container, name).get_blob_tags() or {}
        except ResourceNotFoundError:
            return {}
        except HttpResponseError as error:
            if error_code(error) == NO_ROLE:
                text = f"to read index tags in the container {container}, {READS_TAGS}"
                raise PermissionError(text) from error
            raise

    async def blobs(self, container: str, prefix: str | None = None) -> AsyncIterator[Blob]:
        """Yield every blob of a container whose name begins so."""
        client = self._service.get_container_client(container)
        async for properties in client.list_blobs(name_starts_with=prefix, include=["metadata"]):
            yield Blob.of(container, properties)

    async def set_metadata(self, blob: Blob, metadata: dict[str, str]) -> str:
        """Replace a blob's metadata, if it has not changed. Returns its new ETag.

        Raises azure.core.exceptions.ResourceModifiedError.
        """
        written = await self.client(blob.container, blob.name).set_blob_metadata(
            metadata, etag=quoted(blob.etag), match_condition=MatchConditions.IfNotModified
        )
        return bare_etag(str(written["etag"]))

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
        """Write a document under a name, over whatever is there. Returns its ETag.

        `progress` is called with the bytes sent so far and in all.
        """
        written = await self.client(container, name).upload_blob(
            content,
            overwrite=True,
            content_settings=ContentSettings(content_type=content_type),
            metadata=metadata,
            progress_hook=progress,
        )
        return bare_etag(str(written["etag"]))


def _review_id(text: str | None) -> str | None:
    return text if text and _REVIEW_ID.fullmatch(text) else None  # anybody can write anything there


def _version(container: str, name: str, etag: str) -> str:
    return f"{container}/{name}/{etag}"  # an ETag has no slash
