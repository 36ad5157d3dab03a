"""Uploading documents to `pending`."""

from __future__ import annotations

from typing import Final

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from adapters.policies import load_policies
from cli.documents.awaiting import SubmittedDocument
from cli.documents.submitted_files import SubmittedFile
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.reviews.review_json import ReviewJson, review_json
from cli.session import Session
from cli.terminal import err, escape_invisible
from compliance.document import review_id
from compliance.outcome import ReviewState
from contracts.names import PENDING
from contracts.policy_file.name_patterns import DEFAULT_IGNORED, is_no_document
from contracts.policy_file.policies import ClassRefusedError

_LARGE: Final = 4 << 20  # bytes, from which on the progress of an upload is shown


class SubmissionJson(JsonOutput):
    """A document that was uploaded, and its review."""

    review_id: str
    container: str
    name: str
    etag: str
    supersedes: str | None
    review: ReviewJson | None


async def upload_all(
    session: Session,
    files: list[SubmittedFile],
    document_class: str | None,
    metadata: dict[str, str],
    *,
    quiet: bool,
) -> list[SubmittedDocument]:
    """Upload files. Raises CommandError if the app would refuse one of them: then nothing is uploaded."""
    if document_class is not None or any(is_no_document(file.name, None, {}, DEFAULT_IGNORED) for file in files):
        _refuse_in_vain(session, document_class, files)
    submitted = []
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, console=err(), disable=quiet, transient=True) as progress:
        for file in files:
            submitted.append(await _upload(session, file, metadata, progress))
    return submitted


async def _upload(
    session: Session, file: SubmittedFile, metadata: dict[str, str], progress: Progress
) -> SubmittedDocument:
    earlier = await session.documents.current(PENDING, file.name)
    size = file.path.stat().st_size
    task = progress.add_task(escape_invisible(file.name), total=size, visible=size >= _LARGE)

    async def show_progress(done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    with file.path.open("rb") as content:
        etag = await session.documents.upload(
            PENDING, file.name, content, content_type=file.content_type, metadata=metadata, progress=show_progress
        )
    supersedes = None
    if earlier:
        earlier_id = review_id(PENDING, file.name, earlier.etag)
        head = await session.ledger.find(earlier_id)
        supersedes = earlier_id if head and head.state is not ReviewState.CLOSED else None
    return SubmittedDocument(review_id(PENDING, file.name, etag), file.name, etag, supersedes)


def _refuse_in_vain(session: Session, document_class: str | None, files: list[SubmittedFile]) -> None:
    """Raise CommandError if the app would refuse the class or ignore the file: it would get no review.

    The upload would only replace a document under review.
    """
    policy_file = session.policy_file
    if policy_file is None:
        return  # the app says so
    policies = load_policies(policy_file)
    for file in files:
        if policies.ignores(file.name, None, {}):
            text = f"{policy_file} ignores files such as {file.name} (key ignore); nothing was uploaded"
            raise CommandError(text, ExitCode.USAGE)
        try:
            policies.class_of(file.name, document_class)
        except ClassRefusedError as error:
            raise CommandError(f"{policy_file}: {error}; nothing was uploaded", ExitCode.USAGE) from error


def submission_json(document: SubmittedDocument) -> SubmissionJson:
    """Return what `submit` prints of a document."""
    return SubmissionJson(
        review_id=document.review_id,
        container=PENDING,
        name=document.name,
        etag=document.etag,
        supersedes=document.supersedes,
        review=review_json(document.review) if document.review else None,
    )
