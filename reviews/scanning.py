"""Read the malware scan's verdict on a document."""

from __future__ import annotations

from adapters.blobs.pinned_blob import DocumentChangedError, PinnedBlob
from compliance.outcome import ReviewState
from contracts.malware_scan import ScanVerdict, verdict_in
from reviews.app import App
from reviews.superseding import end_after_change


async def read_scan_verdict(app: App, review_id: str) -> ScanVerdict:
    """Return the verdict so far on exactly the bytes under review; NOT_ASKED if the review no longer waits for one.

    Ends the review if the blob was overwritten or deleted. Raises ReviewNotFoundError; PermissionError if the
    app may not read tags; DocumentChangedError if the blob changed and changed back meanwhile.
    """
    head = await app.ledger.get(review_id)
    if head.state is not ReviewState.OPEN or head.inspected:
        return ScanVerdict.NOT_ASKED
    document = head.document
    blob = PinnedBlob(app.documents, document.container, document.name, document.etag)
    try:
        return verdict_in(await blob.tags())
    except DocumentChangedError as error:
        await end_after_change(app, review_id, error)
        return ScanVerdict.NOT_ASKED
