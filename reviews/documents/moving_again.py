"""Move the document of a closed review once more if it lies at its source again, as after storage was restored."""

from __future__ import annotations

from adapters.blobs.copies import BlobLeasedError
from adapters.blobs.documents import Documents
from adapters.blobs.moved_copies import ContradictedError
from compliance import copies
from compliance.outcome import Outcome, ReviewState
from compliance.review import Head
from contracts.document_metadata import REVIEW_ID
from contracts.history import MoveResult
from contracts.names import PUBLISHED
from reviews.app import App

_ARCHIVED = (Outcome.REJECTED, Outcome.EXPIRED, Outcome.WITHDRAWN)


async def move_again(app: App, head: Head) -> bool:
    """Finish the move of a closed review again, under the same decision. Returns False if it is not to be moved.

    A document that was not moved is left: it may be at its source by right, and a person decides. So is one whose
    published name has another review's copy, and one that somebody has leased.
    """
    try:
        moved = await _move(app, head)
    except (ContradictedError, BlobLeasedError):
        return False
    if moved is None or moved.location is None or moved.prevented:
        return False
    await app.ledger.change(head.review_id, lambda stored: copies.move_again(stored, moved.etag))
    return True


async def _move(app: App, head: Head) -> MoveResult | None:
    document = head.document
    source = await app.documents.current(document.container, document.name)
    if source is None or source.etag != document.etag or head.state is not ReviewState.CLOSED:
        return None
    if head.replaced_by or head.retraction:
        return await app.mover.move_to_archive(head)
    if head.outcome in _ARCHIVED:
        return await app.mover.archive(head)
    if head.outcome is Outcome.APPROVED and not await _is_taken(app.documents, head):
        return await app.mover.publish(head)
    return None


async def _is_taken(documents: Documents, head: Head) -> bool:
    published_blob = await documents.current(PUBLISHED, head.document.name)
    return published_blob is not None and published_blob.metadata.get(REVIEW_ID) != head.review_id
