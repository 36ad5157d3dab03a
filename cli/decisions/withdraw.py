"""`compliance withdraw`: take a document back, and print the app's answer."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import AnswerJson, TimeoutOption, end_with
from cli.decisions.review_message import KeyFileOption, NameOption, ask_about, sender_of
from cli.json_output import prints_json
from cli.lookup import ReviewArgument
from cli.session import JsonOption, in_session
from compliance.outcome import Answer
from compliance.review import Head


@prints_json(AnswerJson)
def withdraw(
    context: typer.Context,
    review: ReviewArgument,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in at most 4,000 characters.")],
    submitter: NameOption = None,
    key_file: KeyFileOption = None,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Take back a document that is under review.

    Only its submitter can, until the review is decided. The review ends as withdrawn and the document is archived; its
    next version under the same name belongs to the same case. With --sign the withdrawal carries a proof over review,
    document, submitter, reason and time, which some policies demand.

    Exit code: 0 recorded, 3 refused (late, not_permitted, proof_missing ...), 4 no answer in time (the withdrawal may
    still count), 5 no such review, 1 the app failed.
    """
    sender = sender_of(submitter, key_file)

    def body(head: Head, _message_id: str) -> dict[str, str]:
        return {"type": "ReviewWithdrawnV1", "reviewId": head.review_id, "by": sender.name, "reason": reason}

    answer = in_session(
        context, lambda session: ask_about(session, review, body, sender, what="withdrawal", seconds=timeout)
    )
    end_with(answer, as_json, "withdrawn" if answer.answer is Answer.RECORDED else None)
