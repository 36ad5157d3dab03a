"""Finds out what is under review: length, SHA-256 and what is worth knowing of the content before it is approved.

A document is read block by block. Two bounds keep a very large one from failing for ever: what exceeds the policy's
size is rejected unread, and what cannot be read within the time below, which is less than the function time-out, is
rejected as well, so that a person looks at it.
"""

from __future__ import annotations

import logging
from typing import Any

import azure.durable_functions as df

from adapters.blobs.documents import DocumentChangedError, DocumentTooLargeError, DocumentUnreadableError
from compliance.outcome import Reason, ReviewState
from compliance.review import Head
from contracts.history import Inspection, ReviewStep
from reviews.app import App, current_app
from reviews.inspecting import look_through
from reviews.superseding import supersede_if_replaced

bp = df.Blueprint()

_MOST_SECONDS = 20 * 60  # host.json allows a function 30 minutes


@bp.activity_trigger(input_name="step")
async def inspect_document(step: dict[str, Any]) -> dict[str, Any] | None:
    """Read the document once; nothing is written while its bytes are there. None: nothing is left to inspect.

    Other bytes, or none: the review is asked to supersede.
    """
    asked, app = ReviewStep.model_validate(step), current_app()
    head = await app.ledger.get(asked.review_id, remembered_since=ReviewState.OPEN)
    if head.state is not ReviewState.OPEN or head.inspected:
        return None
    try:
        return (await _inspected(app, head)).model_dump(mode="json", by_alias=True)
    except DocumentChangedError:
        after = await supersede_if_replaced(app.ledger, app.documents, asked.review_id)
        if after is None or after.state is ReviewState.OPEN:
            raise  # the very bytes are back; the next try reads them
        return None


async def _inspected(app: App, head: Head) -> Inspection:
    document = head.document
    try:
        content = await app.documents.read(
            document.container, document.name, document.etag, _MOST_SECONDS, head.policy.max_bytes
        )
    except DocumentTooLargeError as large:
        return Inspection(length=large.length, refused=Reason.TOO_LARGE)
    except DocumentUnreadableError as unreadable:
        logging.error("The document of review %s can never be read: %s", head.review_id, unreadable)
        return Inspection(length=document.length or 0, refused=Reason.UNREADABLE)
    except TimeoutError:
        return Inspection(length=document.length or 0, refused=Reason.INSPECTION_TIMEOUT)
    rules = head.policy.content
    findings = await look_through(app.documents, document, content, rules.allowed_types)
    return Inspection(
        length=content.length,
        sha256=content.sha256,
        findings=findings,
        scan_timeout=None if rules.refusal(findings) else rules.scan_timeout,
    )
