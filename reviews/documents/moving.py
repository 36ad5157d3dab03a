"""Move a document as its verdict requires, without ever losing it: copy, verify, and only then delete the source.

Every step first checks what is done already, so a move can be run again from the top after a crash at any point.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

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
from adapters.blobs.documents import Blob, Documents
from adapters.blobs.moved_copies import ContradictedError, MovedCopy, archived_copy, published_copy
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.store import Ledger
from compliance.outcome import Outcome, Reason, Verdict
from compliance.review import Head
from contracts.blob_path import BlobPath, archive_path
from contracts.document_metadata import AUDIT_DIGEST, AUDIT_RECORD
from contracts.history import MoveResult
from contracts.names import PUBLISHED
from reviews.documents.copying import copy_metadata, copy_tags, has_inspected_bytes
from reviews.documents.publishing import Publisher, clear_staging
from reviews.documents.versions import PublishedVersions

LONGEST_LEASE: Final = timedelta(days=1)  # after the verdict; then the review ends whoever holds a lease


_ARCHIVING: Final = (Verdict.REJECT, Verdict.EXPIRE, Verdict.WITHDRAW)


class OtherVerdictError(Exception):
    """The ledger does not lead to this move (any more): it was restored to an earlier state since the move was ordered.

    The text names no document, because logs and durable history keep it.
    """

    def __init__(self, head: Head) -> None:
        verdict = head.verdict or "none"
        super().__init__(
            f"the verdict of review {head.review_id} is {verdict} now; the sweep starts it again from there"
        )


class _Verified(NamedTuple):
    """The result of verifying a copy, and its ETag."""

    result: CopyResult
    etag: str | None = None


class Mover:
    """Moves of documents: publishing and archiving."""

    def __init__(
        self, documents: Documents, ledger: Ledger, pause: Callable[[], Awaitable[None]] = sleep_one_second
    ) -> None:
        self._documents = documents
        self._copier = Copier(documents, pause)
        self._versions = PublishedVersions(documents, self._copier, ledger)
        self._publisher = Publisher(documents, self._copier, self._versions)
        self._ledger = ledger

    async def archive(self, head: Head, at: datetime | None = None) -> MoveResult:
        """Move a document that was not approved to `archived/<review id>/<name>` in its policy's tier.

        Raises OtherVerdictError, ContradictedError if it is published.
        """
        if head.verdict not in _ARCHIVING:
            raise OtherVerdictError(head)
        if head.reason == Reason.UNREADABLE:
            return MoveResult(prevented=Outcome.FAILED, reason=Reason.UNREADABLE)
        if await published_copy(self._documents, head.review_id, head.document.name):
            raise ContradictedError(head.review_id)
        order = await self._order_to_archive(head)
        return await self._end_despite_lease(head, order, at, self._archive(head, order))

    async def move_to_archive(self, head: Head) -> MoveResult:
        """Move a document to its place in `archived`, whatever its verdict."""
        return await self._archive(head, await self._order_to_archive(head))

    async def publish(self, head: Head, at: datetime | None = None) -> MoveResult:
        """Move an approved document to `published/<name>`, over an earlier version of the same document if need be.

        Raises OtherVerdictError, ContradictedError if it was archived as not approved.
        """
        if head.verdict is not Verdict.APPROVE:
            raise OtherVerdictError(head)
        order = await self._order(head, BlobPath(PUBLISHED, head.document.name))
        return await self._end_despite_lease(head, order, at, self._publish(head, order))

    async def _archive(self, head: Head, order: CopyOrder) -> MoveResult:
        if etag := await self._copier.copy_at_once(order):
            return await self._finish_at_once(head, order, etag)
        return await self._finish(head, order, await self._copier.copy(order))

    async def _publish(self, head: Head, order: CopyOrder) -> MoveResult:
        archived = await archived_copy(self._documents, head.review_id, head.document.name)
        if archived and archived.verdict is not Verdict.APPROVE:
            raise ContradictedError(head.review_id)
        if etag := await self._copier.copy_at_once(order):
            return await self._finish_at_once(head, order, etag)
        if archived and await self._versions.note_replaced(head, archived):
            return MoveResult(location=str(order.target))
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
            return MoveResult(location=str(order.target), etag=copy.etag)
        return MoveResult(location=str(order.source), prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN)

    async def move_copy(self, head: Head, copy: MovedCopy) -> MoveResult:
        """Carry out the ledger's verdict on a copy that was made for another one: publish it, or take it down."""
        approved = head.verdict is Verdict.APPROVE
        name = head.document.name
        target = BlobPath(PUBLISHED, name) if approved else archive_path(head.review_id, name)
        metadata = copy_metadata(head, copy.blob.written_metadata, replaces=copy.blob.named_earlier_review)
        if copy.path == target:
            return MoveResult(location=str(target), etag=await self._documents.set_metadata(copy.blob, metadata))
        order = replace(
            await self._order(head, target), source=copy.path, source_etag=copy.blob.etag, metadata=metadata
        )
        if approved:
            return await self._finish(head, order, await self._publisher.copy(head, order))
        order = replace(order, tier=StandardBlobTier(head.policy.archive_tier))
        return await self._finish(head, order, await self._copier.copy(order))

    async def note_replacement(self, head: Head, copy: MovedCopy) -> None:
        """Record in both reviews which earlier version this review's copy has replaced, if it names one."""
        await self._versions.note_replacement(head, copy.blob)

    async def clear_staging(self, head: Head) -> None:
        """Delete the staging blob of a review that is over, if there is one. Raises BlobLeasedError."""
        await clear_staging(self._documents, self._copier, head)

    async def _order_to_archive(self, head: Head) -> CopyOrder:
        order = await self._order(head, archive_path(head.review_id, head.document.name))
        return replace(order, tier=StandardBlobTier(head.policy.archive_tier))

    async def _order(self, head: Head, target: BlobPath) -> CopyOrder:
        document = head.document
        of_source = await self._documents.metadata_of(document.container, document.name, document.etag)
        return CopyOrder(
            review_id=head.review_id,
            source=BlobPath(document.container, document.name),
            source_etag=document.etag,
            target=target,
            length=document.length or 0,
            metadata=copy_metadata(head, of_source),
            tags=copy_tags(head, await self._source_tags(head), str(head.verdict)),
        )

    async def _source_tags(self, head: Head) -> dict[str, str]:
        document = head.document
        try:
            return await self._documents.tags_of(document.container, document.name, remembered_at=document.etag)
        except PermissionError as error:
            logging.warning("The document of review %s moves without its index tags: %s", head.review_id, error)
            return {}

    async def _finish_at_once(self, head: Head, order: CopyOrder, etag: str) -> MoveResult:
        """Finish a move to a free name, for which nothing was staged."""
        try:
            if await has_inspected_bytes(self._documents, head, order.target, etag):
                await self._copier.delete(order.source, order.source_etag)
                return MoveResult(location=str(order.target), etag=etag)
        except DocumentChangedError:
            pass
        return await self._finish(head, order, CopyResult.COMPLETE)

    async def _finish(self, head: Head, order: CopyOrder, result: CopyResult) -> MoveResult:
        etag = None
        if result is CopyResult.COMPLETE:
            result, etag = await self._verify(head, order)
        if result is CopyResult.COMPLETE:
            await self._copier.delete(order.source, order.source_etag)
        await clear_staging(self._documents, self._copier, head)
        match result:
            case CopyResult.COMPLETE:
                return MoveResult(location=str(order.target), etag=etag)
            case CopyResult.SOURCE_CHANGED:
                return MoveResult(prevented=Outcome.SUPERSEDED)
            case CopyResult.SOURCE_MISSING:
                return MoveResult(prevented=Outcome.GONE)
            case CopyResult.TARGET_TAKEN:
                return MoveResult(location=str(order.source), prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN)
            case CopyResult.OTHER_BYTES:
                return MoveResult(location=str(order.source), prevented=Outcome.FAILED, reason=Reason.HASH_MISMATCH)

    async def _verify(self, head: Head, order: CopyOrder) -> _Verified:
        """Read the copy and return whether it is what was decided on; remove it if it is not.

        Raises CopyFailedError if somebody has changed the target meanwhile, ContradictedError if it carries out another
        verdict.
        """
        target_blob = await self._documents.current(order.target.container, order.target.name)
        try:
            if target_blob and is_ours(target_blob, head.review_id):
                if MovedCopy(target_blob).verdict is not head.verdict:
                    raise ContradictedError(head.review_id)
                if await has_inspected_bytes(self._documents, head, order.target, target_blob.etag):
                    await self._versions.note_replacement(head, target_blob)
                    return _Verified(CopyResult.COMPLETE, await self._name_known_record(head, target_blob))
                await self._copier.delete(order.target, target_blob.etag)
                return _Verified(CopyResult.OTHER_BYTES)
        except DocumentChangedError:
            pass  # treated as if it had changed before it was read
        stored = await self._ledger.find(head.review_id)
        if stored and stored.location == str(order.target):
            # Replaced by a later version, which closed this review as moved before.
            return _Verified(CopyResult.COMPLETE, stored.copy_etag)
        raise CopyFailedError(f"the copy of review {head.review_id} was changed while it was verified")

    async def _name_known_record(self, head: Head, copy: Blob) -> str:
        """Have a copy name a record of the ledger, if the one that it names was lost. Returns the copy's ETag."""
        number, digest = copy.metadata.get(AUDIT_RECORD), copy.metadata.get(AUDIT_DIGEST)
        last = (str(head.last_audit), head.audit_digest)
        if (number, digest) == last or await self._ledger.has_record(head.review_id, number, digest):
            return copy.etag
        metadata = copy_metadata(head, copy.written_metadata, replaces=copy.named_earlier_review)
        return await self._documents.set_metadata(copy, metadata)
