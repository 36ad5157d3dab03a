"""Move a document as its verdict requires, without ever losing it: copy, verify, and only then delete the source.

Every step first checks what is done already, so a move can be run again from the top after a crash at any point.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from azure.storage.blob import StandardBlobTier

from adapters.blobs.copies import (
    MOST_ATTEMPTS,
    Copier,
    CopyFailedError,
    CopyOrder,
    CopyResult,
    is_leftover,
    is_ours,
    is_whole,
    sleep_one_second,
)
from adapters.blobs.documents import Blob, Documents
from adapters.blobs.pinned_blob import DocumentChangedError, PinnedBlob
from adapters.ledger.store import Ledger
from compliance.ledger import close
from compliance.outcome import Outcome, Reason
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD, REVIEW_ID
from contracts.history import MoveResult
from contracts.names import ARCHIVED, PUBLISHED, STAGING

# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_LONGEST_NAME = 1024
_MOST_METADATA = 8 * 1024  # names and values together
_DOCUMENT_SHA256 = "documentsha256"
# More than an inspection may take and less than the function time-out, so what could be inspected can be verified.
_MOST_SECONDS_TO_VERIFY = 25 * 60


class Mover:
    """Moves of documents: publishing and archiving."""

    def __init__(
        self, documents: Documents, ledger: Ledger, pause: Callable[[], Awaitable[None]] = sleep_one_second
    ) -> None:
        self._documents = documents
        self._copier = Copier(documents, pause)
        self._ledger = ledger

    async def archive(self, head: Head) -> MoveResult:
        """Move a document that was not approved to `archived/<review id>/<name>` in its policy's tier."""
        if head.reason == Reason.UNREADABLE:
            return MoveResult(prevented=Outcome.FAILED, reason=Reason.UNREADABLE)
        prefix = head.review_id + "/"
        name = prefix + head.document.name[-(_LONGEST_NAME - len(prefix)) :]
        order = replace(
            await self._order(head, BlobPath(ARCHIVED, name)), tier=StandardBlobTier(head.policy.archive_tier)
        )
        if etag := await self._copier.copy_at_once(order):
            return await self._finish_at_once(head, order, etag)
        return await self._finish(head, order, await self._copier.copy(order))

    async def publish(self, head: Head) -> MoveResult:
        """Move an approved document to `published/<name>`, over an earlier version of the same document if need be."""
        order = await self._order(head, BlobPath(PUBLISHED, head.document.name))
        if etag := await self._copier.copy_at_once(order):
            return await self._finish_at_once(head, order, etag)
        return await self._finish(head, order, await self._copy_to_published(head, order))

    async def _copy_to_published(self, head: Head, order: CopyOrder) -> CopyResult:
        for _ in range(MOST_ATTEMPTS):
            published_blob = await self._copier.wait_until_settled(order.target)
            if is_whole(published_blob, order):
                return CopyResult.COMPLETE
            result = await (
                self._replace(head, order, published_blob) if published_blob else self._copy_to_free_name(order)
            )
            if result in (CopyResult.SOURCE_CHANGED, CopyResult.SOURCE_MISSING):
                # Another run of this move may be ahead. Once its staged copy is gone it starts no copy any more.
                await self._clear_staging(head)
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
                if not await self._has_inspected_bytes(head, to_staging.target, staged_blob.etag):
                    return CopyResult.OTHER_BYTES
            except DocumentChangedError:  # another run of this move has finished with it
                return None
            await self._close_earlier(published_blob)
        from_staging = replace(
            order, source=to_staging.target, source_etag=staged_blob.etag, metadata=staged_blob.metadata
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

    async def _order(self, head: Head, target: BlobPath) -> CopyOrder:
        document = head.document
        of_source = await self._documents.metadata_of(document.container, document.name, document.etag)
        return CopyOrder(
            review_id=head.review_id,
            source=BlobPath(document.container, document.name),
            source_etag=document.etag,
            target=target,
            length=document.length or 0,
            metadata=_metadata(head, of_source),
            tags={REVIEW_ID: head.review_id, "verdict": str(head.verdict)},
        )

    async def _finish_at_once(self, head: Head, order: CopyOrder, etag: str) -> MoveResult:
        """Finish a move to a free name, for which nothing was staged."""
        try:
            if await self._has_inspected_bytes(head, order.target, etag):
                await self._copier.delete(order.source, order.source_etag)
                return MoveResult(location=str(order.target))
        except DocumentChangedError:
            pass
        return await self._finish(head, order, CopyResult.COMPLETE)

    async def _finish(self, head: Head, order: CopyOrder, result: CopyResult) -> MoveResult:
        if result is CopyResult.COMPLETE and not await self._verify(head, order):
            result = CopyResult.OTHER_BYTES
        if result is CopyResult.COMPLETE:
            await self._copier.delete(order.source, order.source_etag)
        await self._clear_staging(head)
        match result:
            case CopyResult.COMPLETE:
                return MoveResult(location=str(order.target))
            case CopyResult.SOURCE_CHANGED:
                return MoveResult(prevented=Outcome.SUPERSEDED)
            case CopyResult.SOURCE_MISSING:
                return MoveResult(prevented=Outcome.FAILED, reason=Reason.SOURCE_MISSING)
            case CopyResult.TARGET_TAKEN:
                return MoveResult(location=str(order.source), prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN)
            case CopyResult.OTHER_BYTES:
                return MoveResult(location=str(order.source), prevented=Outcome.FAILED, reason=Reason.HASH_MISMATCH)

    async def _verify(self, head: Head, order: CopyOrder) -> bool:
        """Read the copy and return whether it is what was decided on; remove it if it is not.

        Raises CopyFailedError if somebody has changed the target meanwhile.
        """
        target_blob = await self._documents.current(order.target.container, order.target.name)
        try:
            if target_blob and is_ours(target_blob, head.review_id):
                if await self._has_inspected_bytes(head, order.target, target_blob.etag):
                    return True
                await self._copier.delete(order.target, target_blob.etag)
                return False
        except DocumentChangedError:
            pass  # treated as if it had changed before it was read
        stored = await self._ledger.find(head.review_id)
        if stored and stored.location == str(order.target):
            return True  # replaced by a later version, which closed this review as moved before
        raise CopyFailedError(f"the copy of review {head.review_id} was changed while it was verified")

    async def _has_inspected_bytes(self, head: Head, path: BlobPath, etag: str) -> bool:
        """Return whether a copy has the hash that was inspected. Raises DocumentChangedError."""
        if not head.document.sha256:
            return True  # rejected unread
        content = await PinnedBlob(self._documents, path.container, path.name, etag).read(_MOST_SECONDS_TO_VERIFY)
        return content.sha256 == head.document.sha256

    async def _clear_staging(self, head: Head) -> None:
        staged_blob = await self._documents.current(STAGING, head.review_id)
        if staged_blob and is_ours(staged_blob, head.review_id):
            await self._copier.delete(BlobPath(STAGING, head.review_id), staged_blob.etag)


def _metadata(head: Head, of_source: dict[str, str]) -> dict[str, str]:
    """Return the source's metadata, if storage has room for them, and the facts of the review."""
    of_review = {REVIEW_ID: head.review_id}
    if head.audit_digest:
        of_review |= {AUDIT_RECORD: str(head.last_audit), AUDIT_DIGEST: head.audit_digest}
    if head.document.sha256:
        of_review[_DOCUMENT_SHA256] = head.document.sha256
    metadata = {**of_source, **of_review}
    return metadata if sum(len(name) + len(value) for name, value in metadata.items()) <= _MOST_METADATA else of_review
