"""`compliance retract`: take a published document back, and print the app's answer."""

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
def retract(
    context: click.Context,
    *,
    review: str,
    comment: str,
    name: str | None,
    key_file: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Take back a document that was published.

    REVIEW is the review that approved it. The document is moved to archived, subscribers are told by an event, and
    both are in the audit trail; the review stays approved. The policy says who may: by default the reviewers of the
    document class. With --sign the retraction carries a proof, which some policies demand.

    Exit code: 0 recorded, and done within minutes: see `compliance show`; 3 refused (not_permitted, late,
    proof_missing ...), 4 no answer in time (the retraction may still count), 5 no such review, 1 the app failed.

    \b
    Example:
      compliance retract 3f9a01 --as ann@example.org --comment "a wrong figure"
    """
    check_named(name, key_file)
    reach_storage(context)
    from cli.decisions.deciding import send_about
    from cli.decisions.review_message import sender_of

    sender = sender_of(name, key_file)

    def body(head: Head, _message_id: str) -> dict[str, str]:
        return {"type": "RetractionV1", "reviewId": head.review_id, "by": sender.name, "reason": comment}

    send_about(context, review, body, sender, what="retraction", timeout=timeout, as_json=as_json)
