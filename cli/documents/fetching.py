"""Fetching the exact document version under review, or no file at all."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import BinaryIO

from pydantic import Field
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from adapters.blobs.documents import Blob, Documents
from adapters.blobs.pinned_blob import DocumentChangedError, DocumentUnreadableError, PinnedBlob
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.local_file_name import file_name_objection
from cli.lookup import find_named_review
from cli.session import Session
from cli.terminal import err, escape_invisible
from cli.whereabouts import blob_to_read, other_bytes, unreadable
from cli.whole_file import check_output, whole_file
from compliance.outcome import ReviewState
from compliance.review import Head


class FetchedJson(JsonOutput):
    """A document that was fetched."""

    review_id: str
    file: str
    source: str = Field(validation_alias="from", serialization_alias="from")  # container/name
    length: int  # bytes
    sha256: str


async def fetch_document(session: Session, review: str, output: Path | None, *, quiet: bool) -> FetchedJson:
    """Fetch the document version under review into a file. Raises CommandError."""
    head = (await find_named_review(session.ledger, review)).head
    sha256, file = _known_hash(head), output or _free_name(head)
    source = await blob_to_read(session.documents, head)
    await _fetch(session.documents, source, head, file, quiet=quiet)
    return FetchedJson(
        review_id=head.review_id,
        file=str(file),
        source=f"{source.container}/{source.name}",
        length=source.length,
        sha256=sha256,
    )


def _known_hash(head: Head) -> str:
    if head.document.sha256:
        return head.document.sha256
    if head.state is ReviewState.OPEN:
        raise CommandError("the document is not inspected yet, so its bytes cannot be checked; try again soon")
    reason = head.reason or head.verdict
    raise CommandError(f"the document was never hashed ({reason}), so its bytes cannot be checked")


def _free_name(head: Head) -> Path:
    # The name comes from a stranger: it may not choose a folder, be hidden, look like an option, or replace a file.
    name = head.document.name.rpartition("/")[2]
    if objection := file_name_objection(name):
        text = f"the document's name {head.document.name!r} is not a safe file name: {objection}; name the file with -o"
        raise CommandError(text)
    check_output(Path(name), as_json=False)
    return Path(name)


async def _fetch(documents: Documents, source: Blob, head: Head, file: Path, *, quiet: bool) -> None:
    with whole_file(file) as content:
        try:
            found = await _download(documents, source, content, quiet=quiet)
        except DocumentChangedError as error:
            text = f"nothing was kept: {error}; it may have been moved, see `compliance show`"
            raise CommandError(text, ExitCode.NOT_FOUND) from error
        except DocumentUnreadableError as error:
            raise unreadable(source, error) from error
        if found != head.document.sha256:
            raise CommandError(f"nothing was kept: {other_bytes(head, source, found)}")


async def _download(documents: Documents, source: Blob, content: BinaryIO, *, quiet: bool) -> str:
    digest = hashlib.sha256()
    with Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), console=err(), disable=quiet
    ) as progress:
        task = progress.add_task(escape_invisible(source.name), total=source.length)
        async for block in PinnedBlob(documents, source.container, source.name, source.etag).blocks():
            await asyncio.to_thread(digest.update, block)
            await asyncio.to_thread(content.write, block)
            progress.advance(task, len(block))
    return digest.hexdigest()
