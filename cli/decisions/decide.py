"""`compliance decide`: a reviewer's decision over Service Bus, and the app's answer to it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.ledger.store import StoredReview
from cli.answers import AnswerJson, ask_about, exit_code_of_answer, tell_answer
from cli.decisions.signing_key import SigningKey, read_signing_key, signing_time, speaker
from cli.failures import CommandError, ExitCode
from cli.json_output import prints_json
from cli.lookup import ReviewArgument
from cli.session import JsonOption, in_session
from compliance.outcome import Answer
from contracts.messages.decisions import ChangesRequestedV1, DecisionSubmittedV1, parse_decision
from contracts.messages.strict_json import MalformedMessageError


class Word(StrEnum):
    """What a reviewer can say."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request-changes"


_TYPES: Final = {
    Word.APPROVE: {"type": "DecisionSubmittedV1", "decision": "approve"},
    Word.REJECT: {"type": "DecisionSubmittedV1", "decision": "reject"},
    Word.REQUEST_CHANGES: {"type": "ChangesRequestedV1"},
}

_CHANGES_REQUESTED: Final = "changes requested; submit the next version under the same name"


@prints_json(AnswerJson)
def decide(
    context: typer.Context,
    review: ReviewArgument,
    decision: Annotated[Word, typer.Argument(metavar="approve|reject|request-changes", help="What you decide.")],
    *,
    reviewer: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who decides; with --sign the key says it.")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--sign", metavar="KEYFILE", help="Prove it with your private key, made by `compliance keys new`."
        ),
    ] = None,
    comment: Annotated[
        str | None, typer.Option(help="Why; at most 4,000 characters. Changes are asked for with one.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = 60,
    as_json: JsonOption = False,
) -> None:
    """Decide on a document under review and print the app's answer.

    With request-changes the review ends: the document is archived, and its next version under the same name belongs to
    the same case. `compliance show` tells there what was asked for.

    The decision names the SHA-256 of the version under review now, so that it counts for no other bytes. With --sign it
    carries a proof over review, decision, document, reviewer, comment and time, which some policies demand.

    Exit code: 0 recorded, 3 refused (late, not_permitted, wrong_version, malformed ...), 4 no answer in time: the
    decision was sent and may still count, 5 no such review, 1 the app failed on it.
    """
    if decision is Word.REQUEST_CHANGES and not (comment and comment.strip()):
        raise CommandError("say what is to be changed: --comment TEXT", ExitCode.USAGE)
    key = read_signing_key(key_file) if key_file else None
    who = speaker(reviewer, key)

    def message(found: StoredReview, message_id: str) -> dict[str, str]:
        return _body(found, message_id, decision, who, comment=comment, key=key)

    answered = in_session(context, lambda session: ask_about(session, review, message, "decision", timeout))
    counts = decision is Word.REQUEST_CHANGES and answered.answer is Answer.RECORDED
    tell_answer(answered, as_json, _CHANGES_REQUESTED if counts else None)
    raise typer.Exit(exit_code_of_answer(answered.answer))


def _body(
    review: StoredReview,
    decision_id: str,
    decision: Word,
    reviewer: str,
    *,
    comment: str | None,
    key: SigningKey | None,
) -> dict[str, str]:
    document = review.head.document
    # Only content that was refused unread has no hash; its ETag is as exact.
    version = {"documentSha256": document.sha256} if document.sha256 else {"etag": document.etag}
    body = {
        **_TYPES[decision],
        "decisionId": decision_id,
        "reviewId": review.head.review_id,
        "reviewer": reviewer,
        **version,
    }
    if comment is not None:
        body["comment"] = comment
    try:
        said = parse_decision(json.dumps(body).encode())
    except MalformedMessageError as error:
        raise CommandError(f"this decision would be refused: {error}", ExitCode.USAGE) from error
    if key and document.sha256 and isinstance(said, DecisionSubmittedV1 | ChangesRequestedV1):
        body["proof"] = key.proof(said, document.sha256, signing_time(review.head.requested_at))
    return body
