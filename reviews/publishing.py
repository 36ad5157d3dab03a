"""Copy an approved document to its published name, over an earlier version of the same document if need be."""

from __future__ import annotations

from dataclasses import replace

from adapters.blobs.copies import (
    MOST_ATTEMPTS,
    Copier,
    CopyFailedError,
    CopyOrder,
    CopyResult,
    is_leftover,
    is_ours,
    is_whole,
)
from adapters.blobs.documents import Blob, Documents
from adapters.blobs.pinned_blob import DocumentChangedError, PinnedBlob
from adapters.ledger.store import Ledger
from compliance.review import Head
from compliance.transitions import close
from contracts.blob_path import BlobPath
from contracts.document_metadata import REVIEW_ID
from contracts.names import STAGING

# More than an inspection may take and less than the function time-out, so what could be inspected can be verified.
_MOST_SECONDS_TO_VERIFY = 25 * 60


class Publisher:
    """Copies to `published`, which replace only earlier versions of the same document."""

    def __init__(self, documents: Documents, copier: Copier, ledger: Ledger) -> None:
        self._documents = documents
        self._copier = copier
        self._ledger = ledger

    async def copy(self, head: Head, order: CopyOrder) -> CopyResult:
        """Copy a document to its published name. If it is run again after a crash, it goes on from there.

        Raises CopyFailedError if storage keeps failing.
        """
        for _ in range(MOST_ATTEMPTS):
            published_blob = await self._copier.wait_until_settled(order.target)
            if is_whole(published_blob, order):
                return CopyResult.COMPLETE
            result = await (
                self._replace(head, order, published_blob) if published_blob else self._copy_to_free_name(order)
            )
            if result in (CopyResult.SOURCE_CHANGED, CopyResult.SOURCE_MISSING):
                # Another run of this move may be ahead. Once its staged copy is gone it starts no copy any more.
                await clear_staging(self._documents, self._copier, head)
                if is_ours(await self._copier.wait_until_settled(order.target), head.review_id):
                    continue
            if result:
                return result
        raise CopyFailedError(f"publishing the document of review {head.review_id} failed {MOST_ATTEMPTS} times")

    async def _copy_to_free_name(self, order: CopyOrder) -> CopyResult | None:
        result = await self._copier.copy(order)
        return None if result is CopyResult.TARGET_TAKEN else result

    async def _replace(self, head: Head, order: CopyOrder, published_blob: Blob) -> CopyResult | None:
        """Copy over an earlier version, or over the remains of a failed copy. None if the caller must check again.

        The copy goes by way of a staging blob, which nobody changes, so the copy over the earlier version can be
        repeated until it succeeds.
        """
        leftover = is_leftover(published_blob, head.review_id)
        if not leftover and (obstacle := await self._obstacle(head, published_blob)):
            return obstacle
        to_staging = replace(order, target=BlobPath(STAGING, head.review_id))
        staged_blob = await self._copier.wait_until_settled(to_staging.target)
        if staged_blob is None or not is_whole(staged_blob, to_staging):
            if leftover:
                return await self._copier.copy(order)
            result = await self._copier.copy(to_staging)
            return None if result is CopyResult.COMPLETE else result
        if not leftover:
            try:
                if not await has_inspected_bytes(self._documents, head, to_staging.target, staged_blob.etag):
                    return CopyResult.OTHER_BYTES
            except DocumentChangedError:  # another run of this move has finished with it
                return None
            await self._close_earlier(published_blob)
        from_staging = replace(
            order, source=to_staging.target, source_etag=staged_blob.etag, metadata=staged_blob.written_metadata
        )
        await self._copier.start(from_staging, over=published_blob)
        return None

    async def _obstacle(self, head: Head, published_blob: Blob) -> CopyResult | None:
        """Return why the blob that is published under the name may not be replaced, or None if it may.

        The source is read after the target: if it is still ours, the published blob came before it.
        """
        document = head.document
        earlier_id = published_blob.metadata.get(REVIEW_ID)
        earlier = await self._ledger.find(earlier_id) if earlier_id else None
        if earlier is None or earlier_id == head.review_id:
            return CopyResult.TARGET_TAKEN  # of no review, or of this one and changed by somebody
        if (earlier.document.container, earlier.document.name) != (document.container, document.name):
            return CopyResult.TARGET_TAKEN
        source = await self._documents.current(document.container, document.name)
        if source is None:
            return CopyResult.SOURCE_MISSING
        return CopyResult.SOURCE_CHANGED if source.etag != document.etag else None

    async def _close_earlier(self, published_blob: Blob) -> None:
        """Close the review whose copy is about to be replaced, so that its bytes are not expected there afterwards."""
        review_id = published_blob.metadata[REVIEW_ID]
        location = str(BlobPath(published_blob.container, published_blob.name))
        if not is_leftover(published_blob, review_id):
            await self._ledger.change(review_id, lambda stored: close(stored, None, location))


async def has_inspected_bytes(documents: Documents, head: Head, path: BlobPath, etag: str) -> bool:
    """Return whether a copy has the hash that was inspected. Raises DocumentChangedError."""
    if not head.document.sha256:
        return True  # rejected unread
    content = await PinnedBlob(documents, path.container, path.name, etag).read(_MOST_SECONDS_TO_VERIFY)
    return content.sha256 == head.document.sha256


async def clear_staging(documents: Documents, copier: Copier, head: Head) -> None:
    """Delete this review's staging blob, if there is one."""
    staged_blob = await documents.current(STAGING, head.review_id)
    if staged_blob and is_ours(staged_blob, head.review_id):
        await copier.delete(BlobPath(STAGING, head.review_id), staged_blob.etag)
