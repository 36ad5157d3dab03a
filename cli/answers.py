"""A message sent to the app, and the app's answer to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import click
from azure.servicebus import ServiceBusReceivedMessage

from adapters.messaging.messages import Messages, body_of
from cli.failures import CommandError, ExitCode
from cli.json_output import JsonOutput
from cli.lookup import wait_for
from cli.terminal import print_json, print_line
from compliance.outcome import Answer, Outcome, ReviewState
from contracts.messages.decisions import AboutReview, DelegationV1, parse_decision
from contracts.messages.outbound import DecisionAnsweredV1
from contracts.messages.strict_json import MalformedMessageError, parse_object
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
    environment: str  # whose app has answered


def exit_code_of_answer(answer: Answer) -> ExitCode:
    """Return DONE only if the decision counts."""
    return _CODES.get(answer, ExitCode.REFUSED)


def check_message(body: Mapping[str, object], what: str) -> AboutReview | DelegationV1:
    """Return a message as the app will read it. Raises CommandError if the app would refuse it unread."""
    try:
        return parse_decision(json.dumps(body).encode())
    except MalformedMessageError as error:
        raise CommandError(f"nothing was sent: this {what} would be refused: {error}", ExitCode.USAGE) from error


async def ask(
    messages: Messages, body: Mapping[str, object], message_id: str, *, seconds: float, if_late: str
) -> AnswerJson:
    """Send a message to `review-decisions` and wait for the app's answer; otherwise like `wait_for_answer`."""

    async def send() -> None:
        await messages.send(REVIEW_DECISIONS, body, message_id=message_id)

    return await wait_for_answer(messages, message_id, send, seconds=seconds, if_late=if_late)


async def ask_all(
    messages: Messages, bodies: Mapping[str, Mapping[str, object]], seconds: float
) -> dict[str, AnswerJson]:
    """Send messages, by their ids, to `review-decisions`; return the answers that came within so many seconds."""
    answers: dict[str, AnswerJson] = {}

    async def look() -> bool | None:
        nonlocal number
        async for reply in messages.peek(DECISION_REPLIES, number):
            number = (reply.sequence_number or 0) + 1
            if reply.correlation_id in bodies:
                answers[str(reply.correlation_id)] = _read(reply)
        return True if answers.keys() == bodies.keys() else None

    try:
        async with asyncio.timeout(seconds):
            number = await end_of_replies(messages)
            for message_id, body in bodies.items():
                await messages.send(REVIEW_DECISIONS, body, message_id=message_id)
            await wait_for(look)
    except TimeoutError:
        pass  # callers see which answers are missing
    return answers


async def wait_for_answer(
    messages: Messages, message_id: str, send: Callable[[], Awaitable[None]], *, seconds: float, if_late: str
) -> AnswerJson:
    """Send and wait for the answer to the message with this id.

    Raises CommandError with the text `if_late` if no answer came within so many seconds.
    """
    try:
        async with asyncio.timeout(seconds):
            number = await end_of_replies(messages)
            await send()
            return await wait_for(lambda: _find_reply(messages, number, message_id))
    except TimeoutError as error:
        raise no_answer(seconds, if_late) from error


async def read_answer(messages: Messages, message_id: str, number: int, *, seconds: float, if_late: str) -> AnswerJson:
    """Wait for the answer to a message that is sent already, from the reply with this sequence number on.

    Raises CommandError as `wait_for_answer` does.
    """
    try:
        async with asyncio.timeout(seconds):
            return await wait_for(lambda: _find_reply(messages, number, message_id))
    except TimeoutError as error:
        raise no_answer(seconds, if_late) from error


def no_answer(seconds: float, if_late: str) -> CommandError:
    """Return the error that no answer came in time; `if_late` says what to do."""
    return CommandError(f"no answer in {seconds:g} seconds; {if_late}", ExitCode.TIMEOUT)


def print_answer(answer: AnswerJson, ended: str | None = None) -> None:
    """Print an answer for people; `ended` describes how the message has ended the review."""
    print_line(answer_in_words(answer))
    if answer.review_state:
        ended = ended or answer.outcome or answer.verdict
        print_line(f"The review is {answer.review_state}" + (f": {ended}." if ended else "."))


def answer_in_words(answer: AnswerJson, unexplained: str = "") -> str:
    """Return an answer as a sentence, such as `Not permitted: the review is still open.`."""
    word, why = answer.answer.replace("_", " ").capitalize(), answer.explanation or unexplained
    return f"{word}: {why}." if why else f"{word}."


def end_with(answer: AnswerJson, as_json: bool, ended: str | None = None) -> None:
    """Print an answer for people or programs and end the command with its exit code."""
    if as_json:
        print_json(answer)
    else:
        print_answer(answer, ended)
    raise click.exceptions.Exit(exit_code_of_answer(answer.answer))


async def end_of_replies(messages: Messages) -> int:
    """Return the sequence number after the last reply: an older reply cannot be the answer."""
    number = 1
    async for reply in messages.peek(DECISION_REPLIES):
        number = (reply.sequence_number or 0) + 1
    return number


async def _find_reply(messages: Messages, number: int, message_id: str) -> AnswerJson | None:
    """Return the reply to a message, or None. Replies are peeked at: several people may wait at once."""
    async for reply in messages.peek(DECISION_REPLIES, number):
        if reply.correlation_id == message_id:
            return _read(reply)
    return None


def _read(message: ServiceBusReceivedMessage) -> AnswerJson:
    reply = DecisionAnsweredV1.model_validate(parse_object(body_of(message)))
    return AnswerJson(
        type=reply.type,
        answer=reply.answer,
        explanation=reply.explanation,
        review_id=reply.review_id,
        decision_id=reply.decision_id,
        review_state=reply.review_state,
        verdict=reply.verdict,
        outcome=reply.outcome,
        environment=reply.environment,
    )
