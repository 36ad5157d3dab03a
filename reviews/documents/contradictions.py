"""Whether storage shows that a review has ended otherwise than its ledger says, as after one of them was restored."""

from __future__ import annotations

from adapters.blobs.documents import Documents
from adapters.blobs.moved_copies import ContradictedError, copies_of
from adapters.ledger.store import Ledger
from compliance.copies import is_contradicted
from compliance.review import Head


async def is_contradicted_by_storage(ledger: Ledger, documents: Documents, head: Head) -> bool:
    """Return whether a copy of the review's document contradicts the ledger."""
    copies = await copies_of(documents, head.review_id, head.document.name)
    if not is_contradicted(head, [copy.verdict for copy in copies]):
        return False
    # Read again: a copy that was found just now may have been made since the head was read.
    stored = await ledger.find(head.review_id)
    return stored is None or is_contradicted(stored, [copy.verdict for copy in copies])


async def check_not_contradicted(ledger: Ledger, documents: Documents, head: Head) -> None:
    """Raise ContradictedError if a copy of the review's document contradicts the ledger."""
    if await is_contradicted_by_storage(ledger, documents, head):
        raise ContradictedError(head.review_id)
