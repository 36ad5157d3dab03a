"""Whether a copy is still what the ledger has on record, by its ETag or, after somebody has written to it, by bytes."""

from __future__ import annotations

from enum import StrEnum

from adapters.blobs.documents import Blob, Documents
from adapters.blobs.pinned_blob import DocumentUnreadableError
from compliance.review import Head
from contracts.blob_path import BlobPath, archive_path
from reviews.documents.copying import sha256_of


class Comparison(StrEnum):
    """The result of comparing a blob with the ledger's record of the copy."""

    SAME_ETAG = "same_etag"  # nobody has written to it since the app did
    SAME_BYTES = "same_bytes"  # by their SHA-256
    OTHER_LENGTH = "other_length"
    OTHER_BYTES = "other_bytes"
    UNREADABLE = "unreadable"  # written to since, and now in the Archive tier
    NEVER_HASHED = "never_hashed"  # written to since, and archived unread

    @property
    def is_same(self) -> bool:
        """True if the bytes are those on record."""
        return self in (Comparison.SAME_ETAG, Comparison.SAME_BYTES)

    @property
    def is_other(self) -> bool:
        """True if the bytes are not those on record."""
        return self in (Comparison.OTHER_LENGTH, Comparison.OTHER_BYTES)


async def compare(documents: Documents, head: Head, blob: Blob, *, by_hash: bool = False) -> Comparison:
    """Compare a blob with the record of a review's copy; with `by_hash` read its bytes even if the ETag is the same.

    Raises DocumentChangedError.
    """
    has_etag = blob.etag == head.copy_etag
    if has_etag and not (by_hash and head.document.sha256):
        return Comparison.SAME_ETAG
    if head.document.length is not None and blob.length != head.document.length:
        return Comparison.OTHER_LENGTH
    if head.document.sha256 is None:
        return Comparison.NEVER_HASHED
    try:
        sha256 = await sha256_of(documents, BlobPath(blob.container, blob.name), blob.etag)
    except DocumentUnreadableError:
        return Comparison.SAME_ETAG if has_etag else Comparison.UNREADABLE
    return Comparison.SAME_BYTES if sha256 == head.document.sha256 else Comparison.OTHER_BYTES


def place_of(head: Head) -> BlobPath | None:
    """Return where a review's document lies by the ledger; None if it was taken back and nothing of it is kept."""
    if head.replaced_by:
        return archive_path(head.review_id, head.document.name)  # its bytes are kept when another version is published
    if head.location:
        return BlobPath.parse(head.location)
    if head.retraction and head.retraction.done:
        return None
    return BlobPath(head.document.container, head.document.name)
