"""`compliance open`: fetch the document under review and open it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.options import json_option, named_review_argument
from cli.session import Session, in_session, reach_storage
from cli.terminal import err, print_json, print_line, say

if TYPE_CHECKING:
    from cli.documents.fetching import FetchedJson


@click.command("open", cls=Command)
@named_review_argument
@json_option
@click.pass_context
def open_document(context: click.Context, *, review: str, as_json: bool) -> None:
    """Fetch the exact document version under review and open it.

    Its SHA-256 is checked as by `compliance fetch`. The file is in a new folder that only you can read and stays there;
    its path is printed. Only files that a program shows and does not run are opened: PDF, text, pictures, Office
    documents. For any other file, or if this computer has no program for it, only the path is printed.

    Exit code: 0 fetched, 1 the bytes are not those under review, 5 they are gone.

    \b
    Examples:
      compliance open 3f9a01
      compliance open annual-report.pdf
    """
    reach_storage(context)
    from shutil import rmtree

    from cli.documents.fetching import fetch_document
    from cli.documents.opening import open_file, private_file
    from cli.lookup import find_named_review

    async def fetch(session: Session) -> FetchedJson:
        head = (await find_named_review(session.ledger, review)).head
        file = private_file(head.document.name)
        try:
            return await fetch_document(session, head.review_id, file, quiet=as_json or not err().is_terminal)
        except BaseException:
            rmtree(file.parent, ignore_errors=True)  # whatever else fails must not hide the error
            raise

    fetched = in_session(context, fetch)
    if as_json:
        print_json(fetched)
        return
    print_line(fetched.file)
    opened = open_file(Path(fetched.file))
    left = "The file stays there: remove it when you no longer need it."
    say(left if opened else f"No program here only shows such a file, so it is not opened. {left}")
