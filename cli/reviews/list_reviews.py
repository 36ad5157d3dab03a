"""`compliance list`: the reviews that are not finished, and those whose document is being retracted."""

from __future__ import annotations

from typing import Final

import click

from cli.commands import Command
from cli.options import json_option
from cli.session import in_session
from cli.terminal import out, print_json, say, table

_COLUMNS: Final = ("Review", "State", "Document", "Class", "Submitter", "Next due", "Decisions")


@click.command("list", cls=Command)
@json_option
@click.pass_context
def list_reviews(
    context: click.Context,
    *,
    as_json: bool,
) -> None:
    """List the reviews that are not finished.

    \b
    Example:
      compliance list
    """
    from cli.reviews.review_json import review_json
    from cli.reviews.review_text import review_row
    from cli.reviews.unfinished import read_unfinished

    reviews = in_session(context, read_unfinished)
    if as_json:
        print_json(list(map(review_json, reviews)))
    elif reviews:
        out().print(table(_COLUMNS, map(review_row, reviews)))
    else:
        say("No review is unfinished.")
