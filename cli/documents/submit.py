"""`compliance submit`: upload documents to `pending`, and wait for what becomes of them."""

from __future__ import annotations

from pathlib import Path

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import DURATION, FILE, ME, json_option
from cli.session import reach_storage


@click.command(cls=Command)
@click.argument(
    "files", nargs=-1, required=True, type=FILE, metavar="FILE...", help="Files to submit; -r: folders, too."
)
@click.option("-r", "--recursive", is_flag=True, help="Submit the files in a folder and in the folders in it.")
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
@click.option(
    "--if-changed", is_flag=True, help="Leave out files that have a review of the same bytes, name and class."
)
@click.option("-y", "--yes", is_flag=True, help="Supersede open reviews without asking.")
@click.option(
    "--wait/--no-wait",
    default=None,
    show_default=False,
    help="Wait until the reviews are closed, or do not wait; by default until reviewers are asked.",
)
@click.option(
    "--timeout",
    type=DURATION,
    metavar="TIME",
    help="How long to wait: 30s, 5m, 2h; by default 1m, with --wait as long as it takes.",
)
@json_option
@click.pass_context
def submit(
    context: click.Context,
    *,
    files: tuple[Path, ...],
    recursive: bool,
    document_class: str | None,
    submitter: str | None,
    modifier: str | None,
    name: str | None,
    if_changed: bool,
    yes: bool,
    wait: bool | None,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Submit documents for review.

    It prints the id of each review. Once the content is inspected, it prints who was asked, and until when, or why the
    document was refused.

    A document of the same name that is under review is replaced: its review is superseded, and approvals of the older
    bytes do not count for the new ones. In a terminal you are asked first; in a script, where nobody can be asked, a
    line says so. The names of documents in a folder begin with the name of the folder; hidden files in it are left out.

    Exit code: 0 reviewers were asked, with --wait all documents were approved; 1 one failed; 2 nothing was uploaded; 3
    one was refused, rejected, expired, withdrawn, superseded or gone; 4 the documents did not all get that far in time.

    \b
    Examples:
      compliance submit annual-report.pdf --submitter sam@example.org
      compliance submit -r minutes/ --class board --if-changed
    """
    from cli.documents.submitted_files import submitted_files

    chosen = submitted_files(list(files), name, recursive=recursive)
    reach_storage(context)
    from cli.documents.awaiting import Until
    from cli.documents.submitting import submit_all
    from contracts.document_metadata import metadata_of
    from contracts.messages.strict_json import MalformedMessageError

    until = {None: Until.INSPECTED, True: Until.CLOSED, False: Until.UPLOADED}[wait]
    try:
        metadata = metadata_of(document_class, submitter, modifier)
    except MalformedMessageError as error:
        raise CommandError(f"--class, --submitter and --modifier: {error}", ExitCode.USAGE) from error
    submit_all(
        context,
        chosen,
        document_class,
        metadata,
        if_changed=if_changed,
        yes=yes,
        until=until,
        timeout=60 if timeout is None and until is Until.INSPECTED else timeout,
        as_json=as_json,
    )
