"""Asking whether a review still holds: it does not once other bytes, or none, have its document's name."""

from __future__ import annotations

from adapters.blobs.documents import Documents
from adapters.ledger.store import Ledger
from compliance.ledger import supersede
from compliance.outcome import ReviewState
from compliance.review import Head


async def supersede_if_replaced(ledger: Ledger, documents: Documents, review_id: str) -> Head | None:
    """Read the blob and decide the review superseded only if its ETag is no longer current. The head as it is then."""
    head = await ledger.head(review_id)
    if head is None or head.state is not ReviewState.OPEN:
        return head
    current = await documents.current(head.document.container, head.document.name)
    if current and current.etag == head.document.etag:
        return head
    return await ledger.change(review_id, supersede)
