"""`compliance withdraw`: the submitter takes a document back over Service Bus, and the app's answer to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.ledger.store import StoredReview
from cli.answers import AnswerJson, ask_about, exit_code_of_answer, tell_answer
from cli.decisions.signing_key import SigningKey, read_signing_key, signing_time, speaker
from cli.failures import CommandError, ExitCode
from cli.json_output import prints_json
from cli.lookup import ReviewArgument
from cli.session import JsonOption, in_session
from compliance.outcome import Answer
from contracts.messages.decisions import ReviewWithdrawnV1, parse_decision
from contracts.messages.strict_json import MalformedMessageError


@prints_json(AnswerJson)
def withdraw(
    context: typer.Context,
    review: ReviewArgument,
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; at most 4,000 characters.")],
    submitter: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who withdraws; with --sign the key says it.")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--sign", metavar="KEYFILE", help="Prove it with your private key, made by `compliance keys new`."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = 60,
    as_json: JsonOption = False,
) -> None:
    """Take a document back that is under review, and print the app's answer.

    Only its submitter can, until it is decided. The review ends as withdrawn and the document is archived; its next
    version under the same name belongs to the same case. With --sign the withdrawal carries a proof over review,
    document, submitter, reason and time, which some policies demand.

    Exit code: 0 recorded, 3 refused (late, not_permitted, proof_missing ...), 4 no answer in time: the withdrawal was
    sent and may still count, 5 no such review, 1 the app failed on it.
    """
    key = read_signing_key(key_file) if key_file else None
    who = speaker(submitter, key)

    def message(found: StoredReview, _message_id: str) -> dict[str, str]:
        return _body(found, who, reason, key)

    answered = in_session(context, lambda session: ask_about(session, review, message, "withdrawal", timeout))
    tell_answer(answered, as_json, "withdrawn" if answered.answer is Answer.RECORDED else None)
    raise typer.Exit(exit_code_of_answer(answered.answer))


def _body(review: StoredReview, who: str, reason: str, key: SigningKey | None) -> dict[str, str]:
    head = review.head
    body = {"type": "ReviewWithdrawnV1", "reviewId": head.review_id, "by": who, "reason": reason}
    try:
        said = parse_decision(json.dumps(body).encode())
    except MalformedMessageError as error:
        raise CommandError(f"this withdrawal would be refused: {error}", ExitCode.USAGE) from error
    if key and head.document.sha256 and isinstance(said, ReviewWithdrawnV1):
        body["proof"] = key.proof(said, head.document.sha256, signing_time(head.requested_at))
    return body
