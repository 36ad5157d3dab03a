"""The copies that moves have left in `published` and `archived`, recognized by the metadata that the app gave them.

They outlive the ledger: if it was restored to an older state, they show what its reviews had come to.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from adapters.blobs.copies import is_ours
from adapters.blobs.documents import Blob, Documents
from compliance.document import DocumentVersion, review_id
from compliance.outcome import Verdict
from contracts.blob_path import BlobPath, archive_path
from contracts.document_metadata import (
    DOCUMENT_CONTAINER,
    DOCUMENT_ETAG,
    DOCUMENT_SHA256,
    NAME_BEGINS,
    REVIEW_ID,
    VERDICT,
)
from contracts.names import ARCHIVED, PUBLISHED


class ContradictedError(Exception):
    """Storage shows that a review has ended otherwise than its ledger says, so only a person can end it.

    The text names no document, because logs and durable history keep it.
    """

    def __init__(self, review_id: str) -> None:
        super().__init__(f"a copy in storage contradicts the ledger; run `compliance repair {review_id}`")


@dataclass(frozen=True, slots=True)
class MovedCopy:
    """A blob that carries a review's id in `published`, or in that review's folder of `archived`."""

    blob: Blob

    @property
    def path(self) -> BlobPath:
        """Where it lies."""
        return BlobPath(self.blob.container, self.blob.name)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that it carries out; None if its metadata do not say. In `archived`, `approve` is replaced."""
        if self.blob.container == PUBLISHED:
            return Verdict.APPROVE
        said = self.blob.metadata.get(VERDICT)
        return Verdict(said) if said in list(Verdict) else None

    @property
    def document(self) -> DocumentVersion | None:
        """The document version that it is a copy of; None if its metadata do not lead to its review's id."""
        metadata, id_of_review = self.blob.metadata, self.blob.metadata.get(REVIEW_ID)
        container, etag = metadata.get(DOCUMENT_CONTAINER, ""), metadata.get(DOCUMENT_ETAG, "")
        name = self.blob.name
        if self.blob.container == ARCHIVED:
            name = _decode(metadata.get(NAME_BEGINS, "")) + name.removeprefix(f"{id_of_review}/")
        if review_id(container, name, etag) != id_of_review:
            return None
        sha256 = metadata.get(DOCUMENT_SHA256)
        return DocumentVersion(container, name, etag, sha256, self.blob.length, self.blob.content_type)


def missing_beginning(review: str, name: str) -> str | None:
    """Return the beginning of a name that its place in `archived` lacks, for the metadata. None if it lacks nothing.

    In base64, because metadata are ASCII.
    """
    kept = archive_path(review, name).name.removeprefix(review + "/")
    return base64.b64encode(name.removesuffix(kept).encode()).decode() or None


def _decode(beginning: str) -> str:
    try:
        return base64.b64decode(beginning, validate=True).decode()
    except ValueError:
        return ""  # anybody can write anything there


async def published_copy(documents: Documents, review: str, name: str) -> MovedCopy | None:
    """Return the whole copy of this review's document in `published`, or None."""
    return await _copy_at(documents, review, BlobPath(PUBLISHED, name))


async def archived_copy(documents: Documents, review: str, name: str) -> MovedCopy | None:
    """Return the whole copy of this review's document in `archived`, or None."""
    return await _copy_at(documents, review, archive_path(review, name))


async def copies_of(documents: Documents, review: str, name: str) -> list[MovedCopy]:
    """Return the whole copies of a review's document, wherever a move may have put one."""
    found = (await published_copy(documents, review, name), await archived_copy(documents, review, name))
    return [copy for copy in found if copy]


async def _copy_at(documents: Documents, review: str, path: BlobPath) -> MovedCopy | None:
    blob = await documents.current(path.container, path.name)
    if blob is None or not is_ours(blob, review) or blob.copy_status not in ("success", None):
        return None
    copy = MovedCopy(blob)
    return copy if copy.document else None  # anybody who may write there can name a review
