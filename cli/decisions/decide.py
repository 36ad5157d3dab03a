"""`compliance decide`: send a reviewer's decision, and print the app's answer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.commands import Command
from cli.failures import CommandError, ExitCode
from cli.options import json_option, key_file_option, name_option, review_argument, timeout_option
from cli.session import in_session
from compliance.outcome import Answer

if TYPE_CHECKING:
    from compliance.review import Head


class Choice(StrEnum):
    """A reviewer's choice."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request-changes"


_TYPES: Final = {
    Choice.APPROVE: {"type": "DecisionSubmittedV1", "decision": "approve"},
    Choice.REJECT: {"type": "DecisionSubmittedV1", "decision": "reject"},
    Choice.REQUEST_CHANGES: {"type": "ChangesRequestedV1"},
}

_CHANGES_REQUESTED: Final = "changes requested; submit the next version under the same name"


@click.command(cls=Command)
@review_argument
@click.argument(
    "decision",
    type=click.Choice([each.value for each in Choice]),
    metavar="DECISION",
    help="approve, reject or request-changes.",
)
@name_option
@key_file_option
@click.option("--comment", metavar="TEXT", help="Why, in at most 4,000 characters; request-changes needs a comment.")
@timeout_option
@json_option
@click.pass_context
def decide(
    context: click.Context,
    *,
    review: str,
    decision: str,
    name: str | None,
    key_file: Path | None,
    comment: str | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Decide on a document under review; print the app's answer.

    request-changes ends the review: the document is archived, and its next version under the same name belongs to the
    same case, where `compliance show` shows what was asked for.

    The decision names the SHA-256 of the version under review now and counts for no other bytes. With --sign it
    carries a proof over review, decision, document, reviewer, comment and time, which some policies demand.

    Exit code: 0 recorded, 3 refused (late, not_permitted, wrong_version, malformed ...), 4 no answer in time (the
    decision may still count), 5 no such review, 1 the app failed.

    \b
    Examples:
      compliance decide 3f9a01 approve --as ana@example.org
      compliance decide 3f9a01 reject --sign ana.private.json \\
        --comment 'Page 3 names a customer.'
    """
    from cli.answers import end_with
    from cli.decisions.review_message import ask_about, sender_of

    if decision == Choice.REQUEST_CHANGES and not (comment and comment.strip()):
        raise CommandError("say what must be changed: --comment TEXT", ExitCode.USAGE)
    sender = sender_of(name, key_file)

    def body(head: Head, message_id: str) -> dict[str, str]:
        document = head.document
        # Only content that was refused unread has no hash; its ETag is as exact.
        version = {"documentSha256": document.sha256} if document.sha256 else {"etag": document.etag}
        return {
            **_TYPES[Choice(decision)],
            "decisionId": message_id,
            "reviewId": head.review_id,
            "reviewer": sender.name,
            **version,
            **({} if comment is None else {"comment": comment}),
        }

    answer = in_session(
        context, lambda session: ask_about(session, review, body, sender, what="decision", seconds=timeout)
    )
    ends = decision == Choice.REQUEST_CHANGES and answer.answer is Answer.RECORDED
    end_with(answer, as_json, _CHANGES_REQUESTED if ends else None)
