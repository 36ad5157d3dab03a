"""`compliance withdraw`: take a document back, and print the app's answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands import Command
from cli.options import (
    check_named,
    comment_option,
    json_option,
    key_file_option,
    name_option,
    review_argument,
    timeout_option,
)
from cli.session import reach_storage

if TYPE_CHECKING:
    from compliance.review import Head


@click.command(cls=Command)
@review_argument
@comment_option
@name_option
@key_file_option
@timeout_option
@json_option
@click.pass_context
def withdraw(
    context: click.Context,
    *,
    review: str,
    comment: str,
    name: str | None,
    key_file: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Take back a document that is under review.

    Only its submitter can, until the review is decided. The review ends as withdrawn and the document is archived; its
    next version under the same name belongs to the same case. With --sign the withdrawal carries a proof over review,
    document, submitter, reason and time, which some policies demand.

    Exit code: 0 recorded, 3 refused (late, not_permitted, proof_missing ...), 4 no answer in time (the withdrawal may
    still count), 5 no such review, 1 the app failed.

    \b
    Example:
      compliance withdraw 3f9a01 --as sam@example.org --comment "a wrong figure"
    """
    check_named(name, key_file)
    reach_storage(context)
    from cli.decisions.deciding import send_about
    from cli.decisions.review_message import sender_of

    sender = sender_of(name, key_file)

    def body(head: Head, _message_id: str) -> dict[str, str]:
        return {"type": "ReviewWithdrawnV1", "reviewId": head.review_id, "by": sender.name, "reason": comment}

    send_about(context, review, body, sender, what="withdrawal", timeout=timeout, as_json=as_json)
