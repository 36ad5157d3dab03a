"""`compliance submit`: upload documents to `pending`, and wait for their outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import DURATION, FILE, ME, json_option
from cli.session import Session, in_session
from cli.terminal import err, out, print_json, print_line, say, table

if TYPE_CHECKING:
    from cli.documents.awaiting import SubmittedDocument


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...", help="Files to submit.")
@click.option(
    "--class",
    "document_class",
    metavar="CLASS",
    help="Document class; by default the policy chooses it by the document's name.",
)
@click.option(
    "--submitter",
    metavar="NAME",
    envvar=ME,
    show_envvar=True,
    help="Who submits; may not decide if the policy separates duties.",
)
@click.option("--modifier", metavar="NAME", help="Who last changed the document; may not decide either.")
@click.option("--name", metavar="NAME", help="The document's name, which may hold slashes; only for a single file.")
@click.option("--wait", "wait", is_flag=True, help="Wait until the reviews are closed.")
@click.option(
    "--timeout",
    type=DURATION,
    metavar="TIME",
    help="How long to wait with --wait: 30s, 5m, 2h; by default as long as it takes.",
)
@json_option
@click.pass_context
def submit(
    context: click.Context,
    *,
    files: tuple[Path, ...],
    document_class: str | None,
    submitter: str | None,
    modifier: str | None,
    name: str | None,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Submit documents for review; print the ids of the reviews.

    A pending document of the same name is replaced: its review is superseded, and approvals of the older bytes do not
    count for the new ones.

    Exit code with --wait: 0 all approved, 1 one failed, 3 one was rejected, expired, withdrawn, superseded or
    gone, 4 not all were closed in time.

    \b
    Examples:
      compliance submit report.pdf --submitter sam@example.org
      compliance submit a.pdf b.pdf --class contract --wait --timeout 2h
    """
    from cli.documents.awaiting import await_outcomes, exit_code_of
    from cli.documents.submitted_files import submitted_files
    from cli.documents.uploading import submission_json, upload_all
    from contracts.document_metadata import metadata_of
    from contracts.messages.strict_json import MalformedMessageError

    if timeout is not None and not wait:
        raise CommandError("--timeout needs --wait", ExitCode.USAGE)
    chosen = submitted_files(list(files), name)
    try:
        metadata = metadata_of(document_class, submitter, modifier)
    except MalformedMessageError as error:
        raise CommandError(f"--class, --submitter and --modifier: {error}", ExitCode.USAGE) from error

    async def upload_and_wait(session: Session) -> list[SubmittedDocument]:
        quiet = as_json or not err().is_terminal
        submitted = await upload_all(session, chosen, document_class, metadata, quiet=quiet)
        for document in submitted:
            _report(document, as_json)
        if wait:
            await await_outcomes(session, submitted, timeout, quiet=quiet)
        return submitted

    documents = in_session(context, upload_and_wait)
    if as_json:
        print_json([submission_json(document) for document in documents])
    elif wait:
        out().print(table(("Review", "Document", "Outcome", "Now"), (document.row() for document in documents)))
        if any(document.outcome is None for document in documents):
            say(f"Not all reviews were closed within {timeout:g} seconds; they go on.")
    raise click.exceptions.Exit(exit_code_of(documents) if wait else ExitCode.DONE)


def _report(document: SubmittedDocument, as_json: bool) -> None:
    if not as_json:
        print_line(f"{document.review_id}  {document.name}")
    if document.supersedes:
        say(f"{document.name} was under review: {document.supersedes} is superseded by this version.")
