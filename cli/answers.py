"""The app's answer to a message: waited for, told, and turned into an exit code."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Final

from adapters.ledger.store import StoredReview
from adapters.messaging.messages import Messages, body_of
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.lookup import eventually, find_inspected
from cli.session import Session
from cli.terminal import OUT, print_json, shown
from compliance.outcome import Answer, Outcome, ReviewState
from contracts.messages.outbound import DecisionAnsweredV1
from contracts.messages.strict_json import parse_object
from contracts.names import DECISION_REPLIES, REVIEW_DECISIONS

_CODES: Final = {
    Answer.RECORDED: ExitCode.DONE,
    Answer.DUPLICATE: ExitCode.DONE,
    Answer.UNKNOWN_REVIEW: ExitCode.NOT_FOUND,
    Answer.NOT_PROCESSED: ExitCode.FAILED,
}


class AnswerJson(JsonOutput):
    """The app's answer to a message."""

    type: str
    answer: Answer
    explanation: str | None
    review_id: str | None
    decision_id: str | None
    review_state: ReviewState | None
    verdict: str | None
    outcome: Outcome | None


def exit_code_of_answer(answer: Answer) -> ExitCode:
    """Done only where the decision counts."""
    return _CODES.get(answer, ExitCode.REFUSED)


async def ask_about(
    session: Session, review: str, message_of: Callable[[StoredReview, str], dict[str, str]], what: str, seconds: float
) -> AnswerJson:
    """Say something about a review, once its bytes are known, and wait for the answer.

    `message_of` makes the message from the review and the message's id, `what` names it. Raises CommandError, for one
    where the seconds are over.
    """
    messages, message_id, sent = session.app.messages, str(uuid.uuid4()), False
    try:
        async with asyncio.timeout(seconds):
            body = message_of(await find_inspected(session.app.ledger, review), message_id)
            number = await end_of_replies(messages)
            sent = True  # from here on it may have arrived
            await messages.send(REVIEW_DECISIONS, body, message_id=message_id)
            return await eventually(lambda: reply_to(messages, number, message_id))
    except TimeoutError as error:
        raise CommandError(_no_answer(what, sent, seconds), ExitCode.TIMEOUT) from error


def _no_answer(what: str, sent: bool, seconds: float) -> str:
    if sent:
        return f"no answer in {seconds:g} seconds; the {what} was sent and may still count: see `compliance show`"
    return f"nothing was sent in {seconds:g} seconds: the document is not inspected yet, or a service is slow"


def tell_answer(answered: AnswerJson, as_json: bool, ended: str | None = None) -> None:
    """Print an answer for people or programs; `ended` says to people how the message has ended the review."""
    if as_json:
        print_json(answered)
    else:
        explanation = f": {shown(answered.explanation)}" if answered.explanation else ""
        OUT.print(f"{answered.answer}{explanation}", soft_wrap=True)
        if answered.review_state:
            ended = ended or answered.outcome or answered.verdict
            OUT.print(f"The review is {answered.review_state}" + (f": {shown(ended)}" if ended else ""))


async def end_of_replies(messages: Messages) -> int:
    """The sequence number after the last reply, so that only newer ones are looked at."""
    number = 1
    async for reply in messages.peek(DECISION_REPLIES):
        number = (reply.sequence_number or 0) + 1
    return number


async def reply_to(messages: Messages, number: int, message_id: str) -> AnswerJson | None:
    """Peeked, never taken: several people may wait at once."""
    async for reply in messages.peek(DECISION_REPLIES, number):
        if reply.correlation_id == message_id:
            return _answer_json(DecisionAnsweredV1.model_validate(parse_object(body_of(reply))))
    return None


def _answer_json(answered: DecisionAnsweredV1) -> AnswerJson:
    """Return an answer as `--json` prints it."""
    return AnswerJson(
        type=answered.type,
        answer=answered.answer,
        explanation=answered.explanation,
        review_id=answered.review_id,
        decision_id=answered.decision_id,
        review_state=answered.review_state,
        verdict=answered.verdict,
        outcome=answered.outcome,
    )
