"""`compliance decide`, `approve` and `reject`: send decisions, and print what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from cli.commands import Command
from cli.options import (
    check_named,
    json_option,
    key_file_option,
    name_option,
    reviews_argument,
    timeout_option,
    vote_comment_option,
)
from cli.session import reach_storage
from compliance.outcome import Vote

_VOTES: Final = {vote.replace("_", "-"): vote for vote in Vote}
_CHOICE: Final = "approve, reject or request-changes"


@click.command(cls=Command)
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="REVIEW... approve|reject|request-changes",
    help="The reviews' ids, of which the first 6 digits are enough, and then your decision on all of them.",
)
@name_option
@key_file_option
@vote_comment_option
@timeout_option
@json_option
@click.pass_context
def decide(
    context: click.Context,
    *,
    words: tuple[str, ...],
    name: str | None,
    key_file: Path | None,
    comment: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Decide on documents under review.

    request-changes ends the review: the document is archived, and its next version under the same name belongs to the
    same case. There `compliance show` says which changes were requested.

    Each decision is a message of its own and names the SHA-256 of the version under review now; it counts for no other
    bytes. With --sign it carries a proof over review, decision, document, reviewer, comment and time, which some
    policies demand. The answer says how many approvals there are and for whom the review waits, or where the document
    is now.

    Exit code: 0 recorded, 3 refused (late, not_permitted, wrong_version, malformed ...), 4 no answer in time (the
    decision may still count), 5 no such review, 1 the app failed. For several reviews it is the worst of their codes;
    from the worst: 1, 4, 5, 2, 3, 0.

    \b
    Examples:
      compliance decide 3f9a01 approve --as ann@example.org
      compliance decide 3f9a01 77b2c0 reject --as ann@example.org \\
        --comment "page 7 names the old board"
      compliance decide 3f9a01 request-changes --as ann@example.org \\
        --comment "sign page 2"
    """
    *reviews, decision = words
    if decision not in _VOTES:
        raise click.UsageError(f"{decision!r} is no decision: name the reviews and then {_CHOICE}")
    if not reviews:
        raise click.UsageError(f"name the reviews before {decision}: their ids, or the first 6 digits of each")
    _send(
        context,
        reviews,
        _VOTES[decision],
        name=name,
        key_file=key_file,
        comment=comment,
        timeout=timeout,
        as_json=as_json,
    )


@click.command(cls=Command)
@reviews_argument
@name_option
@key_file_option
@vote_comment_option
@timeout_option
@json_option
@click.pass_context
def approve(
    context: click.Context,
    *,
    reviews: tuple[str, ...],
    name: str | None,
    key_file: Path | None,
    comment: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Approve documents under review; short for `decide` with approve.

    \b
    Example:
      compliance approve 3f9a01 77b2c0 --as ann@example.org
    """
    _send(
        context, reviews, Vote.APPROVE, name=name, key_file=key_file, comment=comment, timeout=timeout, as_json=as_json
    )


@click.command(cls=Command)
@reviews_argument
@name_option
@key_file_option
@vote_comment_option
@timeout_option
@json_option
@click.pass_context
def reject(
    context: click.Context,
    *,
    reviews: tuple[str, ...],
    name: str | None,
    key_file: Path | None,
    comment: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Reject documents under review; short for `decide` with reject.

    \b
    Example:
      compliance reject 3f9a01 --as ann@example.org \\
        --comment "page 7 names the old board"
    """
    _send(
        context, reviews, Vote.REJECT, name=name, key_file=key_file, comment=comment, timeout=timeout, as_json=as_json
    )


def _send(
    context: click.Context,
    reviews: Sequence[str],
    vote: Vote,
    *,
    name: str | None,
    key_file: Path | None,
    comment: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    check_named(name, key_file)
    if vote is Vote.REQUEST_CHANGES and not (comment and comment.strip()):
        raise click.UsageError("say what must be changed: --comment TEXT")
    reach_storage(context)
    from cli.decisions.deciding import decide_on

    decide_on(context, reviews, vote, name=name, key_file=key_file, comment=comment, timeout=timeout, as_json=as_json)
