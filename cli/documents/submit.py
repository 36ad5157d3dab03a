"""`compliance submit`: upload documents to `pending`, and wait for their outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from adapters.policies import load_policies
from cli.documents.awaiting import SubmittedDocument, await_outcomes, exit_code_of
from cli.documents.submitted_files import SubmittedFile, submitted_files
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput, prints_json
from cli.reviews.review_json import ReviewJson, review_json
from cli.session import JsonOption, Session, in_session
from cli.terminal import ERR, OUT, escape_invisible, print_json, print_line, say, table
from compliance.document import review_id
from compliance.outcome import ReviewState
from contracts.document_metadata import metadata_of
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import PENDING
from contracts.policy_file.name_patterns import DEFAULT_IGNORED, is_no_document
from contracts.policy_file.policies import ClassRefusedError
from reviews.app import App


class SubmissionJson(JsonOutput):
    """A document that was uploaded, and its review."""

    review_id: str
    container: str
    name: str
    etag: str
    supersedes: str | None
    review: ReviewJson | None


@prints_json(list[SubmissionJson], "review is null without --wait, and if no review has opened")
def submit(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files to submit.")],
    *,
    document_class: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="CLASS", help="Document class; by default the policy chooses it by the document's name."
        ),
    ] = None,
    submitter: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who submits; may not decide if the policy separates duties.")
    ] = None,
    modifier: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who last changed the document; may not decide either.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The document's name, which may hold slashes; only for a single file."),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the reviews are closed.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="How long to wait with --wait; by default as long as it takes."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Submit documents for review; print the ids of the reviews.

    A pending document of the same name is replaced: its review is superseded, and approvals of the older bytes do not
    count for the new ones.

    Exit code with --wait: 0 all approved, 1 one failed, 3 one was rejected, expired, withdrawn, superseded or
    gone, 4 not all were closed in time.
    """
    if timeout is not None and not wait:
        raise CommandError("--timeout needs --wait", ExitCode.USAGE)
    chosen = submitted_files(files, name)
    try:
        metadata = metadata_of(document_class, submitter, modifier)
    except MalformedMessageError as error:
        raise CommandError(f"--class, --submitter and --modifier: {error}", ExitCode.USAGE) from error

    async def upload_all(session: Session) -> list[SubmittedDocument]:
        if document_class is not None or any(is_no_document(file.name, None, {}, DEFAULT_IGNORED) for file in chosen):
            _refuse_in_vain(session, document_class, chosen)
        quiet = as_json or not ERR.is_terminal
        submitted = []
        with Progress(
            TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), console=ERR, disable=quiet
        ) as progress:
            for file in chosen:
                submitted.append(await _upload(session.app, file, metadata, progress))
        for document in submitted:
            _report(document, as_json)
        if wait:
            await await_outcomes(session.app, submitted, timeout, quiet=quiet)
        return submitted

    documents = in_session(context, upload_all)
    if as_json:
        print_json([_submission(document) for document in documents])
    elif wait:
        OUT.print(table(("Review", "Document", "Outcome", "Now"), (document.row() for document in documents)))
        if any(document.outcome is None for document in documents):
            say(f"Not all reviews were closed within {timeout:g} seconds; they go on.")
    raise typer.Exit(exit_code_of(documents) if wait else ExitCode.DONE)


async def _upload(app: App, file: SubmittedFile, metadata: dict[str, str], progress: Progress) -> SubmittedDocument:
    earlier = await app.documents.current(PENDING, file.name)
    task = progress.add_task(escape_invisible(file.name), total=None)

    async def show_progress(done: int, total: int | None) -> None:
        progress.update(task, completed=done, total=total)

    with file.path.open("rb") as content:
        etag = await app.documents.upload(
            PENDING, file.name, content, content_type=file.content_type, metadata=metadata, progress=show_progress
        )
    supersedes = None
    if earlier:
        earlier_id = review_id(PENDING, file.name, earlier.etag)
        head = await app.ledger.find(earlier_id)
        supersedes = earlier_id if head and head.state is not ReviewState.CLOSED else None
    return SubmittedDocument(review_id(PENDING, file.name, etag), file.name, etag, supersedes)


def _report(document: SubmittedDocument, as_json: bool) -> None:
    if not as_json:
        print_line(f"{document.review_id}  {document.name}")
    if document.supersedes:
        say(f"{document.name} was under review: {document.supersedes} is superseded by this version.")


def _refuse_in_vain(session: Session, document_class: str | None, files: list[SubmittedFile]) -> None:
    """Raise CommandError if the app would refuse the class or ignore the file: it would get no review.

    The upload would only replace a document under review.
    """
    policy_file = session.settings.policy_file
    policies = load_policies(policy_file)
    for file in files:
        if policies.ignores(file.name, None, {}):
            text = f"{policy_file} ignores files such as {file.name} (key ignore); nothing was uploaded"
            raise CommandError(text, ExitCode.USAGE)
        try:
            policies.class_of(file.name, document_class)
        except ClassRefusedError as error:
            raise CommandError(f"{policy_file}: {error}; nothing was uploaded", ExitCode.USAGE) from error


def _submission(document: SubmittedDocument) -> SubmissionJson:
    return SubmissionJson(
        review_id=document.review_id,
        container=PENDING,
        name=document.name,
        etag=document.etag,
        supersedes=document.supersedes,
        review=review_json(document.review) if document.review else None,
    )
