"""The documents of a stack: upload, overwrite, tag and delete them, and find them in any container."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, BlobType

PENDING = "pending"
CONTAINERS = (PENDING, "submissions", "staging", "published", "archived")


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """One blob, with the hash of its bytes."""

    container: str
    name: str
    sha256: str
    tier: str
    metadata: Mapping[str, str]

    @property
    def location(self) -> str:
        """`container/name`, as the ledger writes it."""
        return f"{self.container}/{self.name}"


class Documents:
    """Reads and writes blobs with the real SDK; a context manager."""

    def __init__(self, connection_string: str) -> None:
        self._service = BlobServiceClient.from_connection_string(connection_string)

    def __enter__(self) -> Documents:
        return self

    def __exit__(self, *_: object) -> None:
        self._service.close()

    def upload(
        self, name: str, content: bytes, metadata: dict[str, str] | None = None, container: str = PENDING
    ) -> str:
        """Upload a document, replacing one of that name, and return its ETag without quotes."""
        blob = self._service.get_blob_client(container, name)
        return str(blob.upload_blob(content, overwrite=True, metadata=metadata)["etag"]).strip('"')

    def append(self, name: str, content: bytes) -> str:
        """Upload a document as an append blob and return its ETag without quotes."""
        written = self._service.get_blob_client(PENDING, name).upload_blob(content, blob_type=BlobType.APPENDBLOB)
        return str(written["etag"]).strip('"')

    def tag(self, name: str, tags: dict[str, str]) -> None:
        """Set the index tags of a document in `pending`, as a malware scan does."""
        self._service.get_blob_client(PENDING, name).set_blob_tags(tags)

    def delete(self, name: str, container: str = PENDING) -> None:
        """Delete a document."""
        self._service.get_blob_client(container, name).delete_blob()

    def blobs(self) -> list[StoredBlob]:
        """Read every blob in every container of documents."""
        return [blob for container in CONTAINERS for blob in self._in(container, "")]

    def blobs_named(self, name: str) -> list[StoredBlob]:
        """Read every blob of this document name: under the name itself, or archived below a review id."""
        return [blob for container in CONTAINERS for blob in self._in(container, name)]

    def _in(self, container: str, name: str) -> list[StoredBlob]:
        found: list[StoredBlob] = []
        for blob in self._service.get_container_client(container).list_blobs(include=["metadata"]):
            if not name or blob.name == name or blob.name.partition("/")[2] == name:
                try:
                    content = self._service.get_blob_client(container, blob.name).download_blob().readall()
                except ResourceNotFoundError:
                    continue  # deleted or moved since it was listed
                digest = hashlib.sha256(content).hexdigest()
                found.append(StoredBlob(container, blob.name, digest, str(blob.blob_tier), dict(blob.metadata or {})))
        return found
