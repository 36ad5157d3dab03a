"""`compliance decide`: a reviewer's decision over Service Bus, and the app's answer to it."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from enum import StrEnum
from math import ceil
from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.ledger import Ledger, StoredReview
from cli.answers import end_of_replies, exit_code_of_answer, reply_to, tell_answer
from cli.failures import CommandError, ExitCode
from cli.finding import ReviewArgument, eventually, find
from cli.session import JsonOption, Session, in_session
from cli.signing_key import SigningKey, read_signing_key
from compliance.identity import same_person
from compliance.outcome import ReviewState
from contracts.inbound import ChangesRequestedV1, DecisionSubmittedV1, parse_decision
from contracts.outbound import DecisionAnsweredV1
from contracts.strict_json import MalformedMessageError
from contracts.workflow import REVIEW_DECISIONS


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

    With --json one object {type, answer, explanation, reviewId, decisionId, reviewState, verdict, outcome}.
    """

    key = read_signing_key(key_file) if key_file else None
    who = _decider(reviewer, key)

    async def ask(session: Session) -> DecisionAnsweredV1:
        messages, sent = session.app.messages, False
        try:
            async with asyncio.timeout(timeout):
                found = await _decidable(session.app.ledger, review)
                body = _body(found, decision, who, comment, key)
                message_id, number = body["decisionId"], await end_of_replies(messages)
                sent = True  # from here on it may have arrived
                await messages.send(REVIEW_DECISIONS, body, message_id=message_id)
                return await eventually(lambda: reply_to(messages, number, message_id))
        except TimeoutError as error:
            raise CommandError(_no_answer(sent, timeout), ExitCode.TIMEOUT) from error

    answered = in_session(context, ask)
    tell_answer(answered, as_json)
    raise typer.Exit(exit_code_of_answer(answered.answer))


def _no_answer(sent: bool, seconds: float) -> str:
    if sent:
        return f"no answer in {seconds:g} seconds; the decision was sent and may still count: see `compliance show`"
    return f"nothing was sent in {seconds:g} seconds: the document is not inspected yet, or a service is slow"


async def _decidable(ledger: Ledger, said: str) -> StoredReview:
    """The review once it is known which bytes are under review."""

    async def look() -> StoredReview | None:
        review = await find(ledger, said)
        waiting = review.head.state is ReviewState.OPEN and not review.head.inspected
        return None if waiting else review

    return await eventually(look)


def _decider(named: str | None, key: SigningKey | None) -> str:
    if named is None and key is None:
        raise CommandError("say who decides: --as NAME, or --sign KEYFILE", ExitCode.USAGE)
    if named and key and not same_person(named, key.public.reviewer):
        text = f"this key is {key.public.reviewer}'s; a decision of {named} is signed with a key of their own"
        raise CommandError(text, ExitCode.USAGE)
    return named or (key.public.reviewer if key else "")


def _body(
    review: StoredReview, decision: Word, reviewer: str, comment: str | None, key: SigningKey | None
) -> dict[str, str]:
    document = review.head.document
    # Only content that was refused unread has no hash; its ETag is as exact.
    version = {"documentSha256": document.sha256} if document.sha256 else {"etag": document.etag}
    body = {
        **_TYPES[decision],
        "decisionId": str(uuid.uuid4()),
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
        body["proof"] = key.proof(said, document.sha256, _signing_time(review))
    return body


def _signing_time(review: StoredReview) -> int:
    """Seconds since 1970; not before the reviewers were asked, for the broker's clock counts and ours may be slow."""
    asked = review.head.requested_at
    return max(int(time.time()), ceil(asked.timestamp()) if asked else 0)
