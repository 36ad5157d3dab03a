"""End a review whose document is no longer there as it was: superseded by other bytes, or gone."""

from __future__ import annotations

from collections.abc import Callable

from adapters.blobs.documents import Documents
from adapters.blobs.moved_copies import copies_of
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.store import Ledger
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.rulings import Transition
from compliance.transitions import supersede, vanish
from reviews.app import App

Ending = Callable[[Head], Transition]


async def ending_of_changed(documents: Documents, head: Head) -> Ending | None:
    """Return how a review ends because its blob has another ETag by now, or is gone. None if it is as it was.

    None also if a copy in storage shows that the review has ended already: a person must repair it.
    """
    document = head.document
    current = await documents.current(document.container, document.name)
    if current and current.etag == document.etag:
        documents.remember_untagged(current)  # the decision that comes now may move it
        return None
    if await copies_of(documents, head.review_id, document.name):
        return None
    return supersede if current else vanish


async def end_if_changed(ledger: Ledger, documents: Documents, review_id: str) -> Head | None:
    """End a review if its blob has another ETag by now, or is gone. Returns its head afterwards; None if none."""
    head = await ledger.find(review_id)
    if head is None or head.state is not ReviewState.OPEN:
        return head
    ending = await ending_of_changed(documents, head)
    return await ledger.change(review_id, ending) if ending else head


async def end_after_change(app: App, review_id: str, error: DocumentChangedError) -> None:
    """End a review whose document changed while it was read.

    Raises the error if the review stays open because its very bytes are back; the next try reads them.
    """
    head = await end_if_changed(app.ledger, app.documents, review_id)
    if head is None or head.state is ReviewState.OPEN:
        raise error
