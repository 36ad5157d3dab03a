"""Inspect the document under review: its length, its SHA-256 and the findings in its content.

A document is read block by block. Two bounds keep a very large one from failing for ever: beyond the policy's size it
is rejected unread, and if it cannot be read within `_MOST_SECONDS` it is rejected, so that a person notices.
"""

from __future__ import annotations

import asyncio
import logging

from adapters.blobs.pinned_blob import (
    Content,
    DocumentChangedError,
    DocumentTooLargeError,
    DocumentUnreadableError,
    PinnedBlob,
)
from adapters.content.processes.process import Document
from compliance.content import Finding
from compliance.outcome import Reason, ReviewState
from compliance.review import Head
from contracts.history import Inspection
from contracts.proofs.submission_attestation import submitted_sha256
from reviews.app import App
from reviews.superseding import end_after_change

_MOST_SECONDS = 20 * 60  # host.json allows a function 30 minutes


async def inspect_document(app: App, review_id: str) -> Inspection | None:
    """Inspect the document without changing its review. Returns None if the review no longer waits for an inspection.

    Ends the review if the blob was overwritten or deleted. Raises ReviewNotFoundError; DocumentChangedError if
    the blob changed and changed back meanwhile.
    """
    head = await app.ledger.get(review_id, remembered_since=ReviewState.OPEN)
    if head.state is not ReviewState.OPEN or head.inspected:
        return None
    try:
        return await _inspect(app, head)
    except DocumentChangedError as error:
        await end_after_change(app, review_id, error)
        return None


async def _inspect(app: App, head: Head) -> Inspection:
    document, rules = head.document, head.policy.content
    blob = PinnedBlob(app.documents, document.container, document.name, document.etag)
    try:
        content = await blob.read(_MOST_SECONDS, head.policy.max_bytes)
    except DocumentTooLargeError as large:
        return Inspection(length=large.length, refused=Reason.TOO_LARGE)
    except DocumentUnreadableError as unreadable:
        logging.error("The document of review %s can never be read: %s", head.review_id, unreadable)
        return Inspection(length=document.length or 0, refused=Reason.UNREADABLE)
    except TimeoutError:
        return Inspection(length=document.length or 0, refused=Reason.INSPECTION_TIMEOUT)
    if submitted_sha256(head.submission_proof) not in (None, content.sha256):
        return Inspection(length=content.length, sha256=content.sha256, refused=Reason.NOT_AS_SUBMITTED)
    findings = await _find(app, blob, head, content)
    return Inspection(
        length=content.length,
        sha256=content.sha256,
        findings=findings,
        scan_timeout=None if rules.refusal(findings) else rules.scan_timeout,
    )


async def _find(app: App, blob: PinnedBlob, head: Head, content: Content) -> tuple[Finding, ...]:
    """Inspect the content in a process of its own. Parts of a large document are read again, a few MiB at a time.

    Raises DocumentChangedError, and storage's own errors, if these parts cannot be read.
    """
    document, held = head.document, content.held
    loop = asyncio.get_running_loop()

    def fetch(offset: int, length: int) -> bytes:
        if held is not None:
            return held[offset : offset + length]
        return asyncio.run_coroutine_threadsafe(blob.part(offset, length), loop).result()

    allowed_types = head.policy.content.allowed_types
    return await app.inspectors.inspect(
        Document(content.length, document.name, document.content_type, allowed_types, fetch)
    )
