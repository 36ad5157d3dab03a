"""`compliance fetch`: the exact document version under review, or no file at all."""

from __future__ import annotations

from pathlib import Path

import click

from cli.commands import Command
from cli.options import FILE, json_option, named_review_argument
from cli.session import in_session, reach_storage
from cli.terminal import err, print_json


@click.command(cls=Command)
@named_review_argument
@click.option(
    "-o",
    "--output",
    "output",
    type=FILE,
    metavar="FILE",
    help="A new file to write, or - for standard output; by default the document's own name.",
)
@json_option
@click.pass_context
def fetch(
    context: click.Context,
    *,
    review: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Fetch the exact document version under review.

    Its SHA-256 is checked: no file is left unless every byte is right. After the review the document comes from where
    it was moved.

    Exit code: 0 fetched, 1 the bytes are not those under review or cannot be read, 2 the file exists already, 5 they
    are gone.

    \b
    Examples:
      compliance fetch 3f9a01 -o report.pdf
      compliance fetch 3f9a01 -o - | pdftotext - - | less
    """
    from cli.whole_file import check_output, print_about

    check_output(output, as_json=as_json)
    reach_storage(context)
    from cli.documents.fetching import fetch_document

    quiet = as_json or not err().is_terminal
    fetched = in_session(context, lambda session: fetch_document(session, review, output, quiet=quiet))
    if as_json:
        print_json(fetched)
    else:
        text = f"{fetched.file}: {fetched.length:,} bytes from {fetched.source}, SHA-256 {fetched.sha256}"
        print_about(output, text)
