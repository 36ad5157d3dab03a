"""The documents of a stack: put there, overwritten, and found wherever they are now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, BlobType

PENDING = "pending"
CONTAINERS = (PENDING, "submissions", "staging", "published", "archived")


@dataclass(frozen=True, slots=True)
class Place:
    """One blob, as storage shows it."""

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
        """Put a document, over an earlier one of that name if there is one; its ETag without quotes."""
        blob = self._service.get_blob_client(container, name)
        return str(blob.upload_blob(content, overwrite=True, metadata=metadata)["etag"]).strip('"')

    def append(self, name: str, content: bytes) -> str:
        """Put a document as an append blob, as logs are written; its ETag without quotes."""
        written = self._service.get_blob_client(PENDING, name).upload_blob(content, blob_type=BlobType.APPENDBLOB)
        return str(written["etag"]).strip('"')

    def tag(self, name: str, tags: dict[str, str]) -> None:
        """Set the index tags of a document that waits, as a malware scan does."""
        self._service.get_blob_client(PENDING, name).set_blob_tags(tags)

    def delete(self, name: str, container: str = PENDING) -> None:
        """Take a document away."""
        self._service.get_blob_client(container, name).delete_blob()

    def everywhere(self) -> list[Place]:
        """Every blob in every container of documents, with the hash of its bytes."""
        return [place for container in CONTAINERS for place in self._in(container, "")]

    def places(self, name: str) -> list[Place]:
        """Wherever a document of this name is: under its own name, or archived below a review's id."""
        return [place for container in CONTAINERS for place in self._in(container, name)]

    def _in(self, container: str, name: str) -> list[Place]:
        found: list[Place] = []
        for blob in self._service.get_container_client(container).list_blobs(include=["metadata"]):
            if not name or blob.name == name or blob.name.partition("/")[2] == name:
                try:
                    content = self._service.get_blob_client(container, blob.name).download_blob().readall()
                except ResourceNotFoundError:
                    continue  # moved on since it was listed
                digest = hashlib.sha256(content).hexdigest()
                found.append(Place(container, blob.name, digest, str(blob.blob_tier), dict(blob.metadata or {})))
        return found
