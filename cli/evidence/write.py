"""Writing everything that is known of a review to one file."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import IO

from adapters.blobs.documents import Documents
from adapters.blobs.pinned_blob import DocumentChangedError, DocumentUnreadableError, PinnedBlob
from adapters.evidence_bundle.bundling import bundle_with_keys
from adapters.evidence_bundle.page import page_of
from adapters.stored_evidence import FaultError
from cli.evidence_at_hand import evidence_at_hand
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.session import Session
from cli.terminal import say
from cli.whereabouts import blob_to_read, other_bytes, unreadable
from cli.whole_file import whole_file
from evidence.bundle import MOST_DOCUMENT_BYTES, blocks, manifest_entry, write_bundle
from evidence.chain_check import Fault
from evidence.checks import Evidence, first_fault
from evidence.head_facts import head_in


class WrittenBundle(JsonOutput):
    """A bundle that was written."""

    review_id: str
    file: str
    sha256: str  # of the file


async def write_evidence(session: Session, review: str, out: Path, *, with_document: bool) -> WrittenBundle:
    """Write the evidence of a review to a ZIP file. Raises CommandError if it is not sound."""
    found = await _sound_evidence(session, review)
    with tempfile.TemporaryFile() as content:
        if with_document:
            found = replace(found, document_sha256=await _fetch(session.documents, found, content))
        with whole_file(out) as file:
            document = content if with_document else None
            try:
                write_bundle(file, bundle_with_keys(found, session.settings, say), page_of(found), document)
            except ValueError as error:
                raise CommandError(f"nothing was written: {error}") from error
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return WrittenBundle(review_id=found.review_id, file=str(out), sha256=sha256)


async def _sound_evidence(session: Session, review: str) -> Evidence:
    try:
        found = await evidence_at_hand(session, review)
    except FaultError as error:
        raise _not_sound(error.fault) from error
    if fault := first_fault(found):
        raise _not_sound(fault)
    return found


def _not_sound(fault: Fault) -> CommandError:
    return CommandError(f"nothing was written, the evidence is not sound: {fault}", ExitCode.REFUSED)


async def _fetch(documents: Documents, found: Evidence, file: IO[bytes]) -> str:
    """Read the document's bytes into a file and return their SHA-256. Raises CommandError."""
    head = head_in(found.head)
    if head.document.sha256 is None:
        raise CommandError("the document was never hashed, so its bytes prove nothing; write without --with-document")
    if (head.document.length or 0) > MOST_DOCUMENT_BYTES:
        raise CommandError("the document is too large for a bundle; fetch it with `compliance fetch`")
    try:
        blob = await blob_to_read(documents, head)
    except CommandError as error:
        raise CommandError(f"{error}; write without --with-document", error.code) from error
    try:
        async for block in PinnedBlob(documents, blob.container, blob.name, blob.etag).blocks():
            file.write(block)
    except DocumentChangedError as error:
        raise CommandError(
            f"the document was changed while it was read; try again: {error}", ExitCode.NOT_FOUND
        ) from error
    except DocumentUnreadableError as error:
        raise unreadable(blob, error) from error
    file.seek(0)
    sha256 = str(manifest_entry(blocks(file))["sha256"])
    file.seek(0)
    if sha256 != head.document.sha256:
        raise CommandError(f"nothing was written: {other_bytes(head, blob, sha256)}", ExitCode.REFUSED)
    return sha256
