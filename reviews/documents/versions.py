"""The versions of a document that were published one after the other under its name.

A replaced version stays in `archived`: blob versions, where the account has them, are deleted after some weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

from azure.storage.blob import StandardBlobTier

from adapters.blobs.copies import Copier, CopyFailedError, CopyOrder, CopyResult, is_leftover, is_ours
from adapters.blobs.documents import Blob, Documents
from adapters.blobs.moved_copies import MovedCopy, archived_copy
from adapters.blobs.pinned_blob import DocumentUnreadableError
from adapters.ledger.store import Ledger
from compliance.copies import be_replaced, replace_earlier
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Head
from compliance.transitions import close
from contracts.blob_path import BlobPath, archive_path
from contracts.document_metadata import DOCUMENT_SHA256
from contracts.names import PUBLISHED
from reviews.documents.copying import copy_metadata, sha256_of


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """A published blob of another review of the same document."""

    blob: Blob
    review_id: str
    head: Head | None  # None if the ledger has lost the review

    @property
    def is_leftover(self) -> bool:
        """True if it is what a failed copy has left, so that the version never was published."""
        return is_leftover(self.blob, self.review_id)


class PublishedVersions:
    """Finds the review of a published version, and keeps the version when a later one takes its place."""

    def __init__(self, documents: Documents, copier: Copier, ledger: Ledger) -> None:
        self._documents = documents
        self._copier = copier
        self._ledger = ledger

    async def earlier_version(self, head: Head, blob: Blob) -> EarlierVersion | None:
        """Return what is published under a review's name as an earlier version of its document.

        None if it is another document, or does not have the bytes that were approved. The review is known by the blob's
        metadata or, if somebody has replaced these, by the ledger's record of the copy.
        Raises DocumentChangedError.
        """
        review_id = blob.named_review
        if review_id and review_id != head.review_id:
            named = await self._ledger.find(review_id)
            if named and await self._is_copy(blob, named, head):
                return EarlierVersion(blob, review_id, named)
            if named is None and await self._is_of_lost_review(blob, head):
                return EarlierVersion(blob, review_id, None)
        for listed in reversed(await self._ledger.names.reviews_of(head.document.container, head.document.name)):
            earlier = await self._ledger.find(listed) if listed not in (head.review_id, review_id) else None
            is_published = earlier and earlier.outcome is Outcome.APPROVED and not earlier.replaced_by
            if earlier and is_published and await self._is_copy(blob, earlier, head):
                return EarlierVersion(blob, listed, earlier)
        return None

    async def _is_of_lost_review(self, blob: Blob, head: Head) -> bool:
        """Return whether a blob says of itself that it is an earlier version of a review's document, and is whole."""
        document = MovedCopy(blob).document
        is_same = document and (document.container, document.name) == (head.document.container, head.document.name)
        return bool(is_same) and await self._has_hash(blob, blob.metadata.get(DOCUMENT_SHA256))

    async def keep(self, earlier: EarlierVersion) -> bool:
        """Close the review of a version that is about to be replaced, and copy its bytes to `archived`.

        Returns False if the published blob has changed meanwhile. Raises CopyFailedError.
        """
        head, blob = earlier.head, earlier.blob
        metadata, tier = blob.written_metadata, StandardBlobTier.COOL
        if head and head.verdict is Verdict.APPROVE:
            await self._close(head, blob)
            metadata = copy_metadata(head, metadata, replaces=_replaced_by(head, blob))
            tier = StandardBlobTier(head.policy.archive_tier)
        order = CopyOrder(
            review_id=earlier.review_id,
            source=BlobPath(blob.container, blob.name),
            source_etag=blob.etag,
            target=archive_path(earlier.review_id, blob.name),
            length=blob.length,
            metadata=metadata,
            tags=await self._documents.tags_of(blob.container, blob.name),
            tier=tier,
        )
        result = await self._copier.copy(order)
        if result is CopyResult.TARGET_TAKEN:
            raise CopyFailedError(f"another blob has the place in {order.target.container} of review {order.review_id}")
        return result is CopyResult.COMPLETE

    async def note_replacement(self, head: Head, copy: Blob) -> None:
        """Record in both reviews that this one has replaced an earlier version, as its copy or the ledger says."""
        earlier_id = _replaced_by(head, copy)
        if not earlier_id:
            return
        earlier = await self._ledger.find(earlier_id)
        if earlier and earlier.document.name != head.document.name:
            return
        await self._ledger.change(head.review_id, lambda stored: replace_earlier(stored, earlier_id))
        if earlier:
            kept = await archived_copy(self._documents, earlier_id, head.document.name)
            etag = kept.blob.etag if kept else None
            await self._ledger.change(earlier_id, lambda stored: be_replaced(stored, head.review_id, etag))

    async def note_replaced(self, head: Head, kept: MovedCopy) -> bool:
        """Close a review whose published copy was replaced by that of a later one. False if none is published."""
        blob = await self._copier.wait_until_settled(BlobPath(PUBLISHED, head.document.name))
        later = blob.named_review if blob else None
        if blob is None or not later or later == head.review_id:
            return False
        await self._close(head, kept.blob)
        await self._ledger.change(head.review_id, lambda stored: be_replaced(stored, later, kept.blob.etag))
        return True

    async def _close(self, head: Head, copy: Blob) -> None:
        """Close a review as published, so that its copy is not expected in its place afterwards."""
        if head.state is not ReviewState.CLOSED:
            location = str(BlobPath(PUBLISHED, head.document.name))
            await self._ledger.change(head.review_id, lambda stored: close(stored, None, location, copy_etag=copy.etag))
        await self.note_replacement(head, copy)

    async def _is_copy(self, blob: Blob, earlier: Head, head: Head) -> bool:
        """Return whether a blob has the bytes of an earlier review of the same document."""
        one, other = earlier.document, head.document
        if (one.container, one.name) != (other.container, other.name):
            return False
        if is_leftover(blob, earlier.review_id) or blob.etag == earlier.copy_etag:
            return True
        return blob.length == one.length and await self._has_hash(blob, one.sha256)

    async def _has_hash(self, blob: Blob, sha256: str | None) -> bool:
        try:
            return await sha256_of(self._documents, BlobPath(blob.container, blob.name), blob.etag) == sha256
        except DocumentUnreadableError:
            return False  # of another kind, or brought to the Archive tier after somebody had written to it


def _replaced_by(head: Head, copy: Blob) -> str | None:
    """Return the review whose copy this one has replaced: by the ledger, else by its metadata if they are its own."""
    return head.replaces or (copy.named_earlier_review if is_ours(copy, head.review_id) else None)
