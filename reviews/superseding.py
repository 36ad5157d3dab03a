"""Supersede a review whose document was overwritten or deleted."""

from __future__ import annotations

from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.store import Ledger
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.transitions import supersede
from reviews.app import App


async def supersede_if_replaced(ledger: Ledger, documents: Documents, review_id: str) -> Head | None:
    """Supersede a review if its blob has another ETag by now, or is gone. Returns its head afterwards, or None."""
    head = await ledger.find(review_id)
    if head is None or head.state is not ReviewState.OPEN:
        return head
    current = await documents.current(head.document.container, head.document.name)
    if current and current.etag == head.document.etag:
        return head
    return await ledger.change(review_id, supersede)


async def supersede_after_change(app: App, review_id: str, error: DocumentChangedError) -> None:
    """Supersede a review whose document changed while it was read.

    Raises the error if the review stays open because its very bytes are back; the next try reads them.
    """
    head = await supersede_if_replaced(app.ledger, app.documents, review_id)
    if head is None or head.state is ReviewState.OPEN:
        raise error
