"""Inspect the content of a stored document, away from the event loop."""

from __future__ import annotations

import asyncio
import io

from adapters.blobs.documents import Content, Documents
from adapters.content.inspection import inspect_content
from adapters.content.ranges import RangeFile
from compliance.content import Finding
from compliance.document import DocumentVersion


async def look_through(
    documents: Documents, document: DocumentVersion, content: Content, allowed_types: tuple[str, ...]
) -> tuple[Finding, ...]:
    """Inspect a document that was read. Parts of a large one are read again, a few MiB at a time.

    Raises DocumentChangedError, and storage's own errors, if these parts cannot be read.
    """
    loop = asyncio.get_running_loop()

    def part(offset: int, length: int) -> bytes:
        reading = documents.part(document.container, document.name, document.etag, offset, length)
        return asyncio.run_coroutine_threadsafe(reading, loop).result()

    name, declared = document.name, document.content_type
    if content.held is not None:
        return await asyncio.to_thread(inspect_content, io.BytesIO(content.held), name, declared, allowed_types)
    with RangeFile(content.length, part) as parts:
        findings = await asyncio.to_thread(inspect_content, parts, name, declared, allowed_types)
        if parts.failure:
            raise parts.failure
    return findings
