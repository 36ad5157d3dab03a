"""Submitting documents: look at what is there, upload, wait, and print what came of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click
from rich.text import Text

from cli.columns import row_lines, wrapped_line
from cli.decisions.results import worst
from cli.documents.awaiting import SubmittedDocument, Until, await_documents
from cli.documents.replacing import confirm_superseding, unchanged_document
from cli.documents.submitted_files import SubmittedFile
from cli.documents.uploading import submission_json, upload_all
from cli.local_time import LocalTime
from cli.reviews.styles import style_of
from cli.session import Session, in_session
from cli.terminal import err, print_json, print_line, print_lines, say

_INSPECTION: Final = 60  # seconds for the inspection of what is compared


def submit_all(
    context: click.Context,
    files: list[SubmittedFile],
    document_class: str | None,
    metadata: dict[str, str],
    *,
    if_changed: bool,
    yes: bool,
    until: Until,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Submit files; print what became of them and end with the worst exit code."""

    async def submit(session: Session) -> list[SubmittedDocument]:
        quiet = as_json or not err().is_terminal
        documents, changed = list[SubmittedDocument](), list[SubmittedFile]()
        for file in files:
            same = await unchanged_document(session, file, document_class, _INSPECTION) if if_changed else None
            documents += [same] if same else []
            changed += [] if same else [file]
        await confirm_superseding(session, changed, yes=yes)
        documents += await upload_all(session, changed, document_class, metadata, quiet=quiet)
        if sys.stdout.isatty() and not as_json:
            for document in documents:
                print_line(f"{document.review_id}  {document.name}")
        if until is not Until.UPLOADED:
            await await_documents(session, documents, until, timeout, quiet=quiet)
        return documents

    documents, time = in_session(context, submit), LocalTime.here()
    if as_json:
        print_json([submission_json(document) for document in documents])
    else:
        print_lines(lambda width: submission_lines(documents, until, time, width))
    if not all(document.has_come(until) for document in documents):
        say(f"Not all were so far within {timeout:g} seconds; they go on: see `compliance show`.")
    raise click.exceptions.Exit(worst(document.code(until) for document in documents))


def submission_lines(
    documents: Sequence[SubmittedDocument], until: Until, time: LocalTime, width: int | None
) -> Iterator[Text]:
    """Yield what became of documents: below their ids in a terminal, beside them in a pipe."""
    if width is None:
        yield from row_lines((), (_piped_row(document, until, time) for document in documents), None)
    elif len(documents) == 1:
        yield from wrapped_line(" ".join(_remarks(documents[0], until, time)), width)
    else:
        rows = [(document.name, _in_words(document, until, time)) for document in documents]
        yield from row_lines(("Document", "Review"), [row for row in rows if row[1]], width, shortened=0)


def _piped_row(document: SubmittedDocument, until: Until, time: LocalTime) -> tuple[Text | str, ...]:
    return document.review_id, document.name, _in_words(document, until, time)


def _in_words(document: SubmittedDocument, until: Until, time: LocalTime) -> Text:
    style = style_of(document.review, time) if document.review else ""
    return Text(" ".join(_remarks(document, until, time)), style)


def _remarks(document: SubmittedDocument, until: Until, time: LocalTime) -> Iterable[str]:
    if not document.uploaded:
        yield "Unchanged, so nothing was uploaded."
    if until is not Until.UPLOADED or document.review:
        yield document.in_words(time)
