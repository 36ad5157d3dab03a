"""Move a document as its verdict requires, without ever losing it: copy, verify, and only then delete the source.

Every step first checks what is done already, so a move can be run again from the top after a crash at any point.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from azure.storage.blob import StandardBlobTier

from adapters.blobs.copies import (
    BlobLeasedError,
    Copier,
    CopyFailedError,
    CopyOrder,
    CopyResult,
    is_ours,
    is_whole,
    sleep_one_second,
)
from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.store import Ledger
from compliance.outcome import Outcome, Reason
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD, REVIEW_ID
from contracts.history import MoveResult
from contracts.names import ARCHIVED, PUBLISHED
from reviews.publishing import Publisher, clear_staging, has_inspected_bytes

LONGEST_LEASE: Final = timedelta(days=1)  # after the verdict; then the review ends whoever holds a lease
# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_LONGEST_NAME = 1024
_MOST_METADATA = 8 * 1024  # names and values together
_MOST_TAGS = 10  # https://learn.microsoft.com/azure/storage/blobs/storage-manage-find-blobs
_DOCUMENT_SHA256 = "documentsha256"
_VERDICT = "verdict"
_OURS = frozenset({REVIEW_ID, AUDIT_RECORD, AUDIT_DIGEST, _DOCUMENT_SHA256})


class Mover:
    """Moves of documents: publishing and archiving."""

    def __init__(
        self, documents: Documents, ledger: Ledger, pause: Callable[[], Awaitable[None]] = sleep_one_second
    ) -> None:
        self._documents = documents
        self._copier = Copier(documents, pause)
        self._publisher = Publisher(documents, self._copier, ledger)
        self._ledger = ledger

    async def archive(self, head: Head, at: datetime | None = None) -> MoveResult:
        """Move a document that was not approved to `archived/<review id>/<name>` in its policy's tier."""
        if head.reason == Reason.UNREADABLE:
            return MoveResult(prevented=Outcome.FAILED, reason=Reason.UNREADABLE)
        order = replace(await self._order(head, archived_path(head)), tier=StandardBlobTier(head.policy.archive_tier))
        return await self._end_despite_lease(head, order, at, self._archive(head, order))

    async def publish(self, head: Head, at: datetime | None = None) -> MoveResult:
        """Move an approved document to `published/<name>`, over an earlier version of the same document if need be."""
        order = await self._order(head, BlobPath(PUBLISHED, head.document.name))
        return await self._end_despite_lease(head, order, at, self._publish(head, order))

    async def _archive(self, head: Head, order: CopyOrder) -> MoveResult:
        if etag := await self._copier.copy_at_once(order):
            return await self._finish_at_once(head, order, etag)
        return await self._finish(head, order, await self._copier.copy(order))

    async def _publish(self, head: Head, order: CopyOrder) -> MoveResult:
        if etag := await self._copier.copy_at_once(order):
            return await self._finish_at_once(head, order, etag)
        return await self._finish(head, order, await self._publisher.copy(head, order))

    async def _end_despite_lease(
        self, head: Head, order: CopyOrder, at: datetime | None, move: Awaitable[MoveResult]
    ) -> MoveResult:
        """Await a move. At `at`, if somebody's lease has held it up for too long, end it as far as it came.

        A whole copy counts, and the leased source or staging blob stays. Otherwise the document stays where it was.
        """
        try:
            return await move
        except BlobLeasedError as error:
            if at is None or head.last_at is None or at - head.last_at < LONGEST_LEASE:
                raise
            logging.error("Review %s ends in spite of a lease: %s", head.review_id, error)
        copy = await self._documents.current(order.target.container, order.target.name)
        if copy and is_whole(copy, order) and await has_inspected_bytes(self._documents, head, order.target, copy.etag):
            return MoveResult(location=str(order.target))
        return MoveResult(location=str(order.source), prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN)

    async def _order(self, head: Head, target: BlobPath) -> CopyOrder:
        document = head.document
        of_source = await self._documents.metadata_of(document.container, document.name, document.etag)
        return CopyOrder(
            review_id=head.review_id,
            source=BlobPath(document.container, document.name),
            source_etag=document.etag,
            target=target,
            length=document.length or 0,
            metadata=metadata_of_copy(head, of_source),
            tags=tags_of_copy(head, await self._source_tags(head), str(head.verdict)),
        )

    async def _source_tags(self, head: Head) -> dict[str, str]:
        try:
            return await self._documents.tags_of(head.document.container, head.document.name)
        except PermissionError as error:
            logging.warning("The document of review %s moves without its index tags: %s", head.review_id, error)
            return {}

    async def _finish_at_once(self, head: Head, order: CopyOrder, etag: str) -> MoveResult:
        """Finish a move to a free name, for which nothing was staged."""
        try:
            if await has_inspected_bytes(self._documents, head, order.target, etag):
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
        await clear_staging(self._documents, self._copier, head)
        match result:
            case CopyResult.COMPLETE:
                return MoveResult(location=str(order.target))
            case CopyResult.SOURCE_CHANGED:
                return MoveResult(prevented=Outcome.SUPERSEDED)
            case CopyResult.SOURCE_MISSING:
                return MoveResult(prevented=Outcome.GONE)
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
                if await has_inspected_bytes(self._documents, head, order.target, target_blob.etag):
                    return True
                await self._copier.delete(order.target, target_blob.etag)
                return False
        except DocumentChangedError:
            pass  # treated as if it had changed before it was read
        stored = await self._ledger.find(head.review_id)
        if stored and stored.location == str(order.target):
            return True  # replaced by a later version, which closed this review as moved before
        raise CopyFailedError(f"the copy of review {head.review_id} was changed while it was verified")


def archived_path(head: Head) -> BlobPath:
    """Return where the document of a review is archived."""
    prefix = head.review_id + "/"
    return BlobPath(ARCHIVED, prefix + head.document.name[-(_LONGEST_NAME - len(prefix)) :])


def metadata_of_copy(head: Head, of_source: dict[str, str]) -> dict[str, str]:
    """Return the facts of the review, and those of the source's metadata that storage has room for beside them."""
    metadata = {REVIEW_ID: head.review_id}
    if head.audit_digest:
        metadata |= {AUDIT_RECORD: str(head.last_audit), AUDIT_DIGEST: head.audit_digest}
    if head.document.sha256:
        metadata[_DOCUMENT_SHA256] = head.document.sha256
    room = _MOST_METADATA - sum(len(name) + len(value) for name, value in metadata.items())
    for name, value in of_source.items():
        size = len(name) + len(value)
        if name.lower() in _OURS:
            continue  # of an earlier review, whose document was copied to be changed
        if size > room:
            logging.warning("Storage has no room for all metadata of the document of review %s", head.review_id)
            continue
        metadata[name] = value
        room -= size
    return metadata


def tags_of_copy(head: Head, of_source: dict[str, str], verdict: str) -> dict[str, str]:
    """Return the source's index tags, and those of the review as far as a blob may have so many."""
    tags = {name: value for name, value in of_source.items() if name not in (REVIEW_ID, _VERDICT)}
    for name, value in ((REVIEW_ID, head.review_id), (_VERDICT, verdict)):
        if len(tags) < _MOST_TAGS:
            tags[name] = value
    return tags
