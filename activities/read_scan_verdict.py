"""Reads the verdict of the malware scan of exactly the bytes under review."""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from adapters.blobs.documents import DocumentChangedError
from compliance.outcome import ReviewState
from contracts.history import ReviewStep, ScanReading
from contracts.malware_scan import ScanVerdict, verdict_in
from reviews.app import current_app
from reviews.superseding import supersede_if_replaced

bp = df.Blueprint()


@bp.activity_trigger(input_name="step")
async def read_scan_verdict(step: dict[str, Any]) -> dict[str, Any]:
    """The verdict so far. Other bytes, or none: the review is asked to supersede, and the verdict is not asked for."""
    asked, app = ReviewStep.model_validate(step), current_app()
    head = await app.ledger.get(asked.review_id)
    if head.state is not ReviewState.OPEN or head.inspected:
        return _reading(ScanVerdict.NOT_ASKED)
    document = head.document
    try:
        return _reading(verdict_in(await app.documents.tags(document.container, document.name, document.etag)))
    except DocumentChangedError:
        after = await supersede_if_replaced(app.ledger, app.documents, asked.review_id)
        if after is None or after.state is ReviewState.OPEN:
            raise  # the very bytes are back; the next try reads them
        return _reading(ScanVerdict.NOT_ASKED)


def _reading(verdict: ScanVerdict) -> dict[str, Any]:
    return ScanReading(verdict=verdict).model_dump(mode="json", by_alias=True)
