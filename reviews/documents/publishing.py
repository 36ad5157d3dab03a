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
from adapters.blobs.pinned_blob import DocumentChangedError, DocumentUnreadableError
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.names import STAGING
from reviews.documents.copying import copy_metadata, has_inspected_bytes
from reviews.documents.versions import EarlierVersion, PublishedVersions


class Publisher:
    """Copies to `published`, which replace only earlier versions of the same document."""

    def __init__(self, documents: Documents, copier: Copier, versions: PublishedVersions) -> None:
        self._documents = documents
        self._copier = copier
        self._versions = versions

    async def copy(self, head: Head, order: CopyOrder) -> CopyResult:
        """Copy a document to its published name. If it is run again after a crash, it goes on from there.

        Raises CopyFailedError if storage keeps failing.
        """
        for _ in range(MOST_ATTEMPTS):
            published_blob = await self._copier.wait_until_settled(order.target)
            if published_blob and is_whole(published_blob, order) and await self._is_result(head, published_blob):
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

    async def _is_result(self, head: Head, published_blob: Blob) -> bool:
        """Return whether a blob has the bytes of this review, not only its metadata, which anybody can set there."""
        try:
            path = BlobPath(published_blob.container, published_blob.name)
            return await has_inspected_bytes(self._documents, head, path, published_blob.etag)
        except (DocumentChangedError, DocumentUnreadableError):
            return False

    async def _copy_to_free_name(self, order: CopyOrder) -> CopyResult | None:
        result = await self._copier.copy(order)
        return None if result is CopyResult.TARGET_TAKEN else result

    async def _replace(self, head: Head, order: CopyOrder, published_blob: Blob) -> CopyResult | None:
        """Copy over an earlier version, or over the remains of a failed copy. None if the caller must check again.

        The copy goes by way of a staging blob, which nobody changes, so the copy over the earlier version can be
        repeated until it succeeds.
        """
        leftover = is_leftover(published_blob, head.review_id)
        try:
            earlier = None if leftover else await self._versions.earlier_version(head, published_blob)
        except DocumentChangedError:  # another run of this move has replaced it
            return None
        if earlier is None and is_whole(published_blob, order):
            return CopyResult.COMPLETE  # ours, with other bytes than were decided on: verifying it finds that
        if not leftover and (obstacle := await self._obstacle(order, earlier)):
            return obstacle
        to_staging = replace(order, target=BlobPath(STAGING, head.review_id))
        staged_blob = await self._copier.wait_until_settled(to_staging.target)
        if staged_blob is None or not is_whole(staged_blob, to_staging):
            if leftover:
                return await self._copier.copy(order)
            result = await self._copier.copy(to_staging)
            return None if result is CopyResult.COMPLETE else result
        replaces = published_blob.named_earlier_review if leftover else None
        if earlier:
            try:
                if not await has_inspected_bytes(self._documents, head, to_staging.target, staged_blob.etag):
                    return CopyResult.OTHER_BYTES
            except DocumentChangedError:  # another run of this move has finished with it
                return None
            if not earlier.is_leftover:
                if not await self._versions.keep(earlier):
                    return None
                replaces = earlier.review_id
        metadata = copy_metadata(head, staged_blob.written_metadata, replaces=replaces)
        from_staging = replace(order, source=to_staging.target, source_etag=staged_blob.etag, metadata=metadata)
        await self._copier.start(from_staging, over=published_blob)
        return None

    async def _obstacle(self, order: CopyOrder, earlier: EarlierVersion | None) -> CopyResult | None:
        """Return why what is published under the name may not be replaced, or None if it may.

        The source is read after the target: if it is still ours, the published blob came before it.
        """
        if earlier is None:
            return CopyResult.TARGET_TAKEN  # of no review of this document, or of this one and changed by somebody
        source = await self._documents.current(order.source.container, order.source.name)
        if source is None:
            return CopyResult.SOURCE_MISSING
        return CopyResult.SOURCE_CHANGED if source.etag != order.source_etag else None


async def clear_staging(documents: Documents, copier: Copier, head: Head) -> None:
    """Delete this review's staging blob, if there is one."""
    staged_blob = await documents.current(STAGING, head.review_id)
    if staged_blob and is_ours(staged_blob, head.review_id):
        await copier.delete(BlobPath(STAGING, head.review_id), staged_blob.etag)
