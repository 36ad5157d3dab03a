"""Supersede a review whose document was overwritten or deleted."""

from __future__ import annotations

from adapters.blobs.documents import Documents
from adapters.ledger.store import Ledger
from compliance.ledger import supersede
from compliance.outcome import ReviewState
from compliance.review import Head


async def supersede_if_replaced(ledger: Ledger, documents: Documents, review_id: str) -> Head | None:
    """Supersede a review if its blob has another ETag by now, or is gone. Returns its head afterwards, or None."""
    head = await ledger.find(review_id)
    if head is None or head.state is not ReviewState.OPEN:
        return head
    current = await documents.current(head.document.container, head.document.name)
    if current and current.etag == head.document.etag:
        return head
    return await ledger.change(review_id, supersede)
