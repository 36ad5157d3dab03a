"""Take a published document back: archive its copy, note it, and tell subscribers. Safe to do twice at any point."""

from __future__ import annotations

import logging
from typing import Final

from azure.core.exceptions import AzureError
from azure.storage.blob import StandardBlobTier

from adapters.blobs.copies import MOST_ATTEMPTS, Copier, CopyFailedError, CopyOrder, CopyResult, is_ours
from adapters.blobs.documents import Blob, Documents
from adapters.blobs.moved_copies import archive_path
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.rows import OutboxEvent
from compliance.outcome import Answer
from compliance.refusal import Refusal
from compliance.retraction import finish_retraction
from compliance.review import Head
from contracts.blob_path import BlobPath
from contracts.digest import hashed_id
from contracts.document_metadata import REVIEW_ID
from contracts.messages.events import DOCUMENT_RETRACTED, document_retracted
from contracts.names import ARCHIVED, PUBLISHED
from reviews.announcing import send_or_leave_in_outbox
from reviews.app import App
from reviews.documents.copying import copy_metadata, copy_tags, has_inspected_bytes

_RETRACT: Final = "retract"  # the tag, in place of a verdict


async def retract_document(app: App, review_id: str) -> bool:
    """Carry out a retraction that is recorded. Returns False if none is recorded (yet).

    Raises ReviewNotFoundError, LedgerConflictError, CopyFailedError.
    """
    head = await app.ledger.get(review_id)
    if head.retraction is None:
        return False
    if not head.retraction.done:
        location = await archive_published(app.documents, Copier(app.documents), head)
        head = await app.ledger.change(review_id, lambda stored: finish_retraction(stored, location))
    event = _event(head)
    await app.ledger.outbox.put(event)
    await app.ledger.retractions.delete(review_id)
    await send_or_leave_in_outbox(app, event)
    return True


async def replaced_refusal(app: App, head: Head) -> Refusal | None:
    """Say why there is nothing of this review to take back. None if its document may be published."""
    blob = await app.documents.current(PUBLISHED, head.document.name)
    other = blob.metadata.get(REVIEW_ID) if blob else None
    if other is None or other == head.review_id:
        return None
    text = f"the review {other} has published another version under its name; take that one back"
    return Refusal(Answer.LATE, text)


async def retract_or_leave_to_sweep(app: App, review_id: str) -> None:
    """Carry out a retraction; if that fails now, the sweep does it."""
    try:
        await retract_document(app, review_id)
    except (AzureError, LedgerConflictError, CopyFailedError) as error:
        logging.warning("The retraction of review %s is left to the sweep: %s", review_id, type(error).__name__)


async def archive_published(documents: Documents, copier: Copier, head: Head) -> str | None:
    """Move a published document to where it would be archived, with whatever bytes it has there.

    Returns its place; None if the copy of this review is not published any more and was not archived either. Raises
    CopyFailedError if storage keeps failing, or if the place in the archive holds something else.
    """
    published, archived = BlobPath(PUBLISHED, head.document.name), archive_path(head.review_id, head.document.name)
    for _ in range(MOST_ATTEMPTS):
        published_blob = await copier.wait_until_settled(published)
        if published_blob is None or not await _is_copy_of(documents, head, published_blob):
            archived_blob = await copier.wait_until_settled(archived)
            is_whole = archived_blob is not None and archived_blob.copy_status in ("success", None)
            return str(archived) if is_whole and is_ours(archived_blob, head.review_id) else None
        order = CopyOrder(
            review_id=head.review_id,
            source=published,
            source_etag=published_blob.etag,
            target=archived,
            length=published_blob.length,
            metadata=copy_metadata(head, published_blob.written_metadata),
            tags=copy_tags(head, await documents.tags_of(published.container, published.name), _RETRACT),
            tier=StandardBlobTier(head.policy.archive_tier),
        )
        result = await copier.copy(order)
        if result is CopyResult.TARGET_TAKEN:
            raise CopyFailedError(f"the place of the document of review {head.review_id} in {ARCHIVED} is taken")
        if result is CopyResult.COMPLETE:
            await copier.delete(published, published_blob.etag)
    raise CopyFailedError(f"retracting the document of review {head.review_id} failed {MOST_ATTEMPTS} times")


async def _is_copy_of(documents: Documents, head: Head, blob: Blob) -> bool:
    """Return whether a published blob is this review's copy, even if somebody has replaced its metadata."""
    if REVIEW_ID in blob.metadata:
        return is_ours(blob, head.review_id)
    try:
        path = BlobPath(blob.container, blob.name)
        return blob.length == head.document.length and await has_inspected_bytes(documents, head, path, blob.etag)
    except DocumentChangedError:
        return False


def _event(head: Head) -> OutboxEvent:
    """Return the event of a retraction. Its id is a function of the review's, so repeated events have the same."""
    data = document_retracted(head)
    return OutboxEvent(
        id=hashed_id("retracted", head.review_id),
        type=DOCUMENT_RETRACTED,
        subject=f"/reviews/{head.review_id}",
        time=data.retracted_at.isoformat(),
        data=data.wire(),
    )
