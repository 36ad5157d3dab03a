"""Finds out what is under review: length, SHA-256 and whether the content is what the name says.

A document is read block by block. Two bounds keep a very large one from failing for ever: what exceeds the policy's
size is rejected unread, and what cannot be read within the time below, which is less than the function time-out, is
rejected as well, so that a person looks at it.
"""

from __future__ import annotations

from typing import Any

import azure.durable_functions as df

from adapters.composition import Adapters, adapters
from adapters.documents import DocumentChangedError
from adapters.file_types import belies_its_name
from adapters.superseding import supersede_if_replaced
from compliance.outcome import Reason, ReviewState
from compliance.review import Head
from contracts.workflow import Inspection, ReviewStep

bp = df.Blueprint()

_MOST_SECONDS = 20 * 60  # host.json allows a function 30 minutes


@bp.activity_trigger(input_name="step")
async def inspect_document(step: dict[str, Any]) -> dict[str, Any] | None:
    """Read the document once; nothing is written while its bytes are there. None: nothing is left to inspect.

    Other bytes, or none: the review is asked to supersede.
    """
    asked, app = ReviewStep.model_validate(step), adapters()
    head = await app.ledger.existing(asked.review_id)
    if head.state is not ReviewState.OPEN or head.inspected:
        return None
    try:
        return (await _inspected(app, head)).model_dump(mode="json", by_alias=True)
    except DocumentChangedError:
        after = await supersede_if_replaced(app.ledger, app.documents, asked.review_id)
        if after is None or after.state is ReviewState.OPEN:
            raise  # the very bytes are back; the next try reads them
        return None


async def _inspected(app: Adapters, head: Head) -> Inspection:
    document = head.document
    blob = await app.documents.current(document.container, document.name)
    if blob is None or blob.etag != document.etag:
        raise DocumentChangedError("other bytes, or none, have the document's name")
    if blob.length > head.policy.max_bytes:
        return Inspection(length=blob.length, refused=Reason.TOO_LARGE)
    try:
        content = await app.documents.read(document.container, document.name, document.etag, _MOST_SECONDS)
    except TimeoutError:
        return Inspection(length=blob.length, refused=Reason.INSPECTION_TIMEOUT)
    mismatch = belies_its_name(document.name, content.beginning)
    refused = Reason.CONTENT_MISMATCH if mismatch else None
    return Inspection(length=blob.length, sha256=content.sha256, refused=refused)
