"""Moving a document to where its verdict sends it, without ever losing it: copy, verify, only then delete the source.

Every step looks first, so the whole can be run again from the top after a crash at any point.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from azure.storage.blob import StandardBlobTier

from adapters.copies import (
    DOCUMENT_SHA256,
    MOST_ATTEMPTS,
    REVIEW_ID,
    Copied,
    Copier,
    CopyFailedError,
    CopyOrder,
    Place,
    a_second,
    is_ours,
    is_whole,
)
from adapters.documents import Blob, Documents
from adapters.ledger import Ledger
from compliance.ledger import close
from compliance.outcome import Outcome, Reason
from compliance.review import Head, Transition
from contracts.workflow import ARCHIVED, PUBLISHED, STAGING, MoveResult

# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_LONGEST_NAME = 1024
_MOST_SECONDS_TO_VERIFY = 20 * 60


class Mover:
    """Publishes and archives documents."""

    def __init__(self, documents: Documents, ledger: Ledger, pause: Callable[[], Awaitable[None]] = a_second) -> None:
        self._documents = documents
        self._copier = Copier(documents, pause)
        self._ledger = ledger

    async def archive(self, head: Head) -> MoveResult:
        """Move a document that was not approved to `archived/<review id>/<name>` in its policy's tier."""
        prefix = head.review_id + "/"
        name = prefix + head.document.name[-(_LONGEST_NAME - len(prefix)) :]
        order = replace(await self._order(head, Place(ARCHIVED, name)), tier=StandardBlobTier(head.policy.archive_tier))
        return await self._finish(head, order, await self._copier.copy(order))

    async def publish(self, head: Head) -> MoveResult:
        """Move an approved document to `published/<name>`, over an earlier version of the same document if need be."""
        order = await self._order(head, Place(PUBLISHED, head.document.name))
        return await self._finish(head, order, await self._copy_to_published(head, order))

    async def _copy_to_published(self, head: Head, order: CopyOrder) -> Copied:
        """A replacing copy goes by way of a staging blob.

        That one cannot change any more, so the copy over the old version can be repeated until it succeeds.
        """
        to_staging = replace(order, target=Place(STAGING, head.review_id))
        for _ in range(MOST_ATTEMPTS):
            there = await self._copier.settled(order.target)
            mine = there is not None and is_ours(there, head.review_id)
            if there and mine and is_whole(there, order):
                return Copied.DONE
            if there and not mine and (obstacle := await self._obstacle(head, there)):
                return obstacle
            staged = await self._copier.settled(to_staging.target)
            if staged and is_whole(staged, to_staging):
                if there and not mine:
                    await self._close_earlier(there)
                await self._copier.start(replace(order, source=to_staging.target, source_etag=staged.etag), over=there)
            elif there is None or mine:
                copied = await self._copier.copy(order)
                if copied is not Copied.TARGET_TAKEN:
                    return copied
            elif (copied := await self._copier.copy(to_staging)) is not Copied.DONE:
                return copied
        raise CopyFailedError(f"publishing {order.target} failed {MOST_ATTEMPTS} times")

    async def _obstacle(self, head: Head, there: Blob) -> Copied | None:
        """Why the blob that is published under the name now may not be replaced, or None.

        The source is read after the target: where it is still ours, what is published came before it.
        """
        document = head.document
        earlier_id = there.metadata.get(REVIEW_ID)
        earlier = await self._ledger.head(earlier_id) if earlier_id else None
        if earlier is None or (earlier.document.container, earlier.document.name) != (
            document.container,
            document.name,
        ):
            return Copied.TARGET_TAKEN
        source = await self._documents.current(document.container, document.name)
        if source is None:
            return Copied.SOURCE_MISSING
        return Copied.SOURCE_CHANGED if source.etag != document.etag else None

    async def _close_earlier(self, there: Blob) -> None:
        """Close the review whose copy is about to be replaced, so that nobody looks for its bytes afterwards."""
        if there.copy_status != "success":
            return
        location = f"{there.container}/{there.name}"

        def closed(stored: Head | None, _: object) -> Transition | None:
            return close(stored, None, location) if stored else None

        await self._ledger.transition(there.metadata[REVIEW_ID], closed)

    async def _order(self, head: Head, target: Place) -> CopyOrder:
        document = head.document
        source = await self._documents.current(document.container, document.name)
        metadata = dict(source.metadata) if source else {}
        if document.sha256:
            metadata[DOCUMENT_SHA256] = document.sha256
        return CopyOrder(
            review_id=head.review_id,
            source=Place(document.container, document.name),
            source_etag=document.etag,
            target=target,
            length=document.length or 0,
            metadata=metadata,
            tags={REVIEW_ID: head.review_id, "verdict": str(head.verdict)},
        )

    async def _finish(self, head: Head, order: CopyOrder, copied: Copied) -> MoveResult:
        match copied:
            case Copied.SOURCE_CHANGED:
                result = MoveResult(prevented=Outcome.SUPERSEDED)
            case Copied.SOURCE_MISSING:
                result = MoveResult(prevented=Outcome.FAILED, reason=Reason.SOURCE_MISSING)
            case Copied.TARGET_TAKEN:
                result = MoveResult(prevented=Outcome.FAILED, reason=Reason.TARGET_TAKEN)
            case Copied.DONE:
                result = await self._verify(head, order)
        if result.location:
            await self._copier.remove(Place(head.document.container, head.document.name), head.document.etag)
        await self._clear_staging(head)
        return result

    async def _verify(self, head: Head, order: CopyOrder) -> MoveResult:
        """Read what arrived: only bytes that were decided on may stay."""
        target = await self._documents.current(order.target.container, order.target.name)
        if target is None or not is_ours(target, head.review_id):
            # Replaced by a later version already, which closed this review as moved.
            return MoveResult(location=str(order.target))
        if head.document.sha256:
            content = await self._documents.read(
                order.target.container, order.target.name, target.etag, _MOST_SECONDS_TO_VERIFY
            )
            if content.sha256 != head.document.sha256:
                await self._copier.remove(order.target, target.etag)
                return MoveResult(prevented=Outcome.FAILED, reason=Reason.HASH_MISMATCH)
        return MoveResult(location=str(order.target))

    async def _clear_staging(self, head: Head) -> None:
        staged = await self._documents.current(STAGING, head.review_id)
        if staged:
            await self._copier.remove(Place(STAGING, head.review_id), staged.etag)
