"""`compliance retract`: take a published document back, and print the app's answer."""

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
def retract(
    context: typer.Context,
    review: ReviewArgument,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in at most 4,000 characters.")],
    person: NameOption = None,
    key_file: KeyFileOption = None,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Take back a document that was published.

    REVIEW is the review that approved it. The document is moved to archived, subscribers are told by an event, and
    both are in the audit trail; the review stays approved. The policy says who may: by default the reviewers of the
    document class. With --sign the retraction carries a proof, which some policies demand.

    Exit code: 0 recorded, and done within minutes: see `compliance show`; 3 refused (not_permitted, late,
    proof_missing ...), 4 no answer in time (the retraction may still count), 5 no such review, 1 the app failed.
    """
    sender = sender_of(person, key_file)

    def body(head: Head, _message_id: str) -> dict[str, str]:
        return {"type": "RetractionV1", "reviewId": head.review_id, "by": sender.name, "reason": reason}

    answer = in_session(
        context, lambda session: ask_about(session, review, body, sender, what="retraction", seconds=timeout)
    )
    end_with(answer, as_json, "retracted" if answer.answer is Answer.RECORDED else None)
