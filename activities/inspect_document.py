"""Fixes what is under review: length, SHA-256 and whether the content is what the name says.

A document is read block by block. Two bounds keep a very large one from failing for ever: what exceeds the policy's
size is rejected unread, and what cannot be read within the time below, which is less than the function time-out, is
rejected as well, so that a person looks at it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import azure.durable_functions as df

from activities.standing import standing_of
from adapters.composition import Adapters, adapters
from adapters.documents import DocumentChangedError
from adapters.file_types import belies_its_name
from adapters.superseding import supersede_if_replaced
from compliance.document import DocumentVersion
from compliance.ledger import inspect
from compliance.outcome import Reason, ReviewState
from compliance.review import Head
from contracts.workflow import ReviewStep

bp = df.Blueprint()

_MOST_SECONDS = 20 * 60  # host.json allows a function 30 minutes


@bp.activity_trigger(input_name="step")
async def inspect_document(step: dict[str, Any]) -> dict[str, Any]:
    """Read the document once and start the reviewers' time. Other bytes, or none: the review is asked to supersede."""
    asked, app = ReviewStep.model_validate(step), adapters()
    head = await app.ledger.existing(asked.review_id)
    if head.state is not ReviewState.OPEN or head.inspected:
        return standing_of(head)
    try:
        document, refused = await _inspected(app, head)
    except DocumentChangedError:
        after = await supersede_if_replaced(app.ledger, app.documents, asked.review_id)
        if after is None or after.state is ReviewState.OPEN:
            raise  # the very bytes are back; the next try reads them
        return standing_of(after)
    inspected = await app.ledger.change(asked.review_id, lambda stored: inspect(stored, document, asked.at, refused))
    return standing_of(inspected)


async def _inspected(app: Adapters, head: Head) -> tuple[DocumentVersion, Reason | None]:
    document = head.document
    blob = await app.documents.current(document.container, document.name)
    if blob is None or blob.etag != document.etag:
        raise DocumentChangedError("other bytes, or none, have the document's name")
    sized = replace(document, length=blob.length, content_type=blob.content_type)
    if blob.length > head.policy.max_bytes:
        return sized, Reason.TOO_LARGE
    try:
        content = await app.documents.read(document.container, document.name, document.etag, _MOST_SECONDS)
    except TimeoutError:
        return sized, Reason.INSPECTION_TIMEOUT
    mismatch = belies_its_name(document.name, content.beginning)
    return replace(sized, sha256=content.sha256), Reason.CONTENT_MISMATCH if mismatch else None
