"""What a copy must hold: the bytes that were decided on, and metadata that say of which review it is."""

from __future__ import annotations

import logging

from adapters.blobs.documents import Documents
from adapters.blobs.moved_copies import missing_beginning
from adapters.blobs.pinned_blob import PinnedBlob
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.document_metadata import (
    AUDIT_DIGEST,
    AUDIT_RECORD,
    DOCUMENT_CONTAINER,
    DOCUMENT_ETAG,
    DOCUMENT_SHA256,
    NAME_BEGINS,
    REPLACES,
    REVIEW_ID,
    SET_BY_APP,
    VERDICT,
)

# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_MOST_METADATA = 8 * 1024  # names and values together
_MOST_TAGS = 10  # https://learn.microsoft.com/azure/storage/blobs/storage-manage-find-blobs
# More than an inspection may take and less than the function time-out, so what could be inspected can be verified.
_MOST_SECONDS_TO_VERIFY = 25 * 60


def copy_metadata(head: Head, of_source: dict[str, str], *, replaces: str | None = None) -> dict[str, str]:
    """Return the facts of the review, and those of the source's metadata that storage has room for beside them."""
    document = head.document
    facts = {
        REVIEW_ID: head.review_id,
        VERDICT: head.verdict,
        DOCUMENT_CONTAINER: document.container,
        DOCUMENT_ETAG: document.etag,
        DOCUMENT_SHA256: document.sha256,
        NAME_BEGINS: missing_beginning(head.review_id, document.name),
        AUDIT_RECORD: str(head.last_audit) if head.audit_digest else None,
        AUDIT_DIGEST: head.audit_digest,
        REPLACES: replaces,
    }
    metadata = {name: str(fact) for name, fact in facts.items() if fact}
    room = _MOST_METADATA - sum(len(name) + len(value) for name, value in metadata.items())
    for name, value in of_source.items():
        size = len(name) + len(value)
        if name.lower() in SET_BY_APP:
            continue  # of an earlier review, whose document was copied to be changed
        if size > room:
            logging.warning("Storage has no room for all metadata of the document of review %s", head.review_id)
            continue
        metadata[name] = value
        room -= size
    return metadata


def copy_tags(head: Head, of_source: dict[str, str], verdict: str) -> dict[str, str]:
    """Return the source's index tags, and those of the review as far as a blob may have so many."""
    tags = {name: value for name, value in of_source.items() if name not in (REVIEW_ID, VERDICT)}
    for name, value in ((REVIEW_ID, head.review_id), (VERDICT, verdict)):
        if len(tags) < _MOST_TAGS:
            tags[name] = value
    return tags


async def has_inspected_bytes(documents: Documents, head: Head, path: BlobPath, etag: str) -> bool:
    """Return whether a copy has the hash that was inspected. Raises DocumentChangedError."""
    if not head.document.sha256:
        return True  # rejected unread
    return await sha256_of(documents, path, etag) == head.document.sha256


async def sha256_of(documents: Documents, path: BlobPath, etag: str) -> str:
    """Read a version of a blob and return the hash of its bytes. Raises DocumentChangedError."""
    content = await PinnedBlob(documents, path.container, path.name, etag).read(_MOST_SECONDS_TO_VERIFY)
    return content.sha256
