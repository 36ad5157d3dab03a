"""What stands under the names of documents before they are uploaded: the same bytes, or an open review to supersede."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from collections.abc import Sequence

import click

from cli.documents.awaiting import SubmittedDocument
from cli.documents.submitted_files import SubmittedFile
from cli.failures import CommandError, ExitCode
from cli.lookup import find_inspected_review, short_id
from cli.reviews.reading import newest_review
from cli.reviews.sentence import approvals
from cli.reviews.view import ReviewView
from cli.session import Session
from cli.terminal import say
from compliance.outcome import PREVENTING, ReviewState
from contracts.names import PENDING


async def unchanged_document(
    session: Session, file: SubmittedFile, document_class: str | None, seconds: float
) -> SubmittedDocument | None:
    """Return what the newest review of this name is about if it has the same bytes and class; else None.

    None if its document was replaced, deleted or not moved. Raises CommandError if the review is not inspected in time.
    """
    newest = await newest_review(session.ledger, PENDING, file.name)
    if newest is None:
        return None
    try:
        async with asyncio.timeout(seconds):
            stored = await find_inspected_review(session.ledger, newest)
    except TimeoutError as error:
        text = f"nothing was uploaded: review {newest} of {file.name} is still being inspected; try again later"
        raise CommandError(text) from error
    head = stored.head
    is_same = head.document.sha256 == await asyncio.to_thread(_sha256, file)
    if not is_same or head.outcome in PREVENTING or document_class not in (None, head.policy.document_class):
        return None
    review = ReviewView.of(stored)
    return SubmittedDocument(newest, file.name, head.document.etag, None, review, uploaded=False)


async def confirm_superseding(session: Session, files: Sequence[SubmittedFile], *, yes: bool) -> None:
    """Say which open reviews the files would supersede and, in a terminal, ask whether to. Raises CommandError if not.

    Where nobody can be asked, a script must not stop: then it is only said.
    """
    replaced = [text for file in files if (text := await _superseded(session, file))]
    if not replaced or yes:
        return
    for text in replaced:
        say(text)
    if sys.stdin.isatty() and sys.stderr.isatty():
        question = "Submit it?" if len(files) == 1 else f"Submit all {len(files)} documents?"
        if not ask(question):
            raise CommandError("nothing was uploaded", ExitCode.USAGE)


def ask(question: str) -> bool:
    """Return whether the person at the terminal agrees. Raises click.Abort after Ctrl-C.

    asyncio's own handler of SIGINT would only cancel the task, which cannot notice while it waits for an answer.
    """
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question, err=True)
    finally:
        signal.signal(signal.SIGINT, handler)


async def _superseded(session: Session, file: SubmittedFile) -> str | None:
    newest = await newest_review(session.ledger, PENDING, file.name)
    stored = await session.ledger.review(newest) if newest else None
    if stored is None or stored.head.state is not ReviewState.OPEN:
        return None
    view = ReviewView.of(stored)
    lost = f", which has {approvals(view)} approvals" if view.approvals[0] else ""
    review = short_id(stored.head.review_id)
    return f"{file.name} is under review already: the new version supersedes review {review}{lost}."


def _sha256(file: SubmittedFile) -> str:
    with file.path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
