"""Take a published document back: archive its copy, note it, and notify subscribers. Safe to do twice at any point."""

from __future__ import annotations

import logging
from typing import Final

from azure.core.exceptions import AzureError
from azure.storage.blob import StandardBlobTier

from adapters.blobs.copies import MOST_ATTEMPTS, Copier, CopyFailedError, CopyOrder, CopyResult, is_ours
from adapters.blobs.documents import Blob
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.rows import OutboxEvent
from compliance.outcome import Answer
from compliance.refusal import Refusal
from compliance.retraction import finish_retraction
from compliance.review import Head
from contracts.blob_path import BlobPath, archive_path
from contracts.digest import hashed_id
from contracts.messages.events import DOCUMENT_RETRACTED, document_retracted
from contracts.names import ARCHIVED, PUBLISHED
from reviews.announcing import send_or_leave_in_outbox
from reviews.app import App
from reviews.documents.comparing import compare
from reviews.documents.copying import copy_metadata, copy_tags

_RETRACT: Final = "retract"  # the tag, in place of a verdict


async def retract_document(app: App, review_id: str) -> bool:
    """Carry out a retraction that is recorded. Returns False if none is recorded (yet).

    Raises ReviewNotFoundError, LedgerConflictError, CopyFailedError.
    """
    head = await app.ledger.get(review_id)
    if head.retraction is None:
        return False
    if not head.retraction.done:
        archived = await _archive_published(app, Copier(app.documents), head)
        location, etag = (f"{archived.container}/{archived.name}", archived.etag) if archived else (None, None)
        head = await app.ledger.change(review_id, lambda stored: finish_retraction(stored, location, etag))
    event = _event(head)
    await app.ledger.outbox.put(event)
    await app.ledger.retractions.delete(review_id)
    await send_or_leave_in_outbox(app, event)
    return True


async def replaced_refusal(app: App, head: Head) -> Refusal | None:
    """Say why there is nothing of this review to take back. None if its document may be published."""
    blob = await app.documents.current(PUBLISHED, head.document.name)
    other = blob.named_review if blob else None
    if blob is None or other is None or await _is_copy_of(app, head, blob):
        return None
    text = f"the review {other} has published another version under its name; take that one back"
    return Refusal(Answer.LATE, text)


async def retract_or_leave_to_sweep(app: App, review_id: str) -> None:
    """Carry out a retraction; if that fails now, the sweep does it."""
    try:
        await retract_document(app, review_id)
    except (AzureError, LedgerConflictError, CopyFailedError) as error:
        logging.warning("The retraction of review %s is left to the sweep: %s", review_id, type(error).__name__)


async def _archive_published(app: App, copier: Copier, head: Head) -> Blob | None:
    """Move a published document to where it would be archived, with whatever bytes it has there.

    Returns it there; None if the copy of this review is not published any more and was not archived either. Raises
    CopyFailedError if storage keeps failing, or if the place in the archive holds something else.
    """
    published, archived = BlobPath(PUBLISHED, head.document.name), archive_path(head.review_id, head.document.name)
    for _ in range(MOST_ATTEMPTS):
        published_blob = await copier.wait_until_settled(published)
        if published_blob is None or not await _is_copy_of(app, head, published_blob):
            archived_blob = await copier.wait_until_settled(archived)
            is_whole = archived_blob is not None and archived_blob.copy_status in ("success", None)
            return archived_blob if is_whole and is_ours(archived_blob, head.review_id) else None
        order = CopyOrder(
            review_id=head.review_id,
            source=published,
            source_etag=published_blob.etag,
            target=archived,
            length=published_blob.length,
            metadata=copy_metadata(head, published_blob.written_metadata, replaces=head.replaces),
            tags=copy_tags(head, await app.documents.tags_of(published.container, published.name), _RETRACT),
            tier=StandardBlobTier(head.policy.archive_tier),
        )
        result = await copier.copy(order)
        if result is CopyResult.TARGET_TAKEN:
            raise CopyFailedError(f"the place of the document of review {head.review_id} in {ARCHIVED} is taken")
        if result is CopyResult.COMPLETE:
            await copier.delete(published, published_blob.etag)
    raise CopyFailedError(f"retracting the document of review {head.review_id} failed {MOST_ATTEMPTS} times")


async def _is_copy_of(app: App, head: Head, blob: Blob) -> bool:
    """Return whether a published blob is this review's copy, even if somebody has replaced its metadata."""
    other = blob.named_review
    if other == head.review_id:
        return True
    named = await app.ledger.find(other) if other else None
    if named and (named.document.container, named.document.name) == (head.document.container, head.document.name):
        return False  # the copy of another version, perhaps with the same bytes
    try:
        return (await compare(app.documents, head, blob)).is_same
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
