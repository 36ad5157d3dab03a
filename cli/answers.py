"""The app's answer to a message: waited for, told, and turned into an exit code."""

from __future__ import annotations

from typing import Final

from adapters.messages import Messages, body_of
from cli.failures import ExitCode
from cli.terminal import OUT, print_json, shown
from compliance.outcome import Answer
from contracts.outbound import DecisionAnsweredV1
from contracts.strict_json import parse_object
from contracts.workflow import DECISION_REPLIES

_CODES: Final = {
    Answer.RECORDED: ExitCode.DONE,
    Answer.DUPLICATE: ExitCode.DONE,
    Answer.UNKNOWN_REVIEW: ExitCode.NOT_FOUND,
    Answer.NOT_PROCESSED: ExitCode.FAILED,
}


def exit_code_of_answer(answer: Answer) -> ExitCode:
    """Done only where the decision counts."""
    return _CODES.get(answer, ExitCode.REFUSED)


def tell_answer(answered: DecisionAnsweredV1, as_json: bool) -> None:
    """Print an answer for people or programs."""
    if as_json:
        print_json(answered)
    else:
        explanation = f": {shown(answered.explanation)}" if answered.explanation else ""
        OUT.print(f"{answered.answer}{explanation}", soft_wrap=True)
        if answered.review_state:
            ended = answered.outcome or answered.verdict
            OUT.print(f"The review is {answered.review_state}" + (f": {shown(ended)}" if ended else ""))


async def end_of_replies(messages: Messages) -> int:
    """The sequence number after the last reply, so that only newer ones are looked at."""
    number = 1
    async for reply in messages.peek(DECISION_REPLIES):
        number = (reply.sequence_number or 0) + 1
    return number


async def reply_to(messages: Messages, number: int, message_id: str) -> DecisionAnsweredV1 | None:
    """Peeked, never taken: several people may wait at once."""
    async for reply in messages.peek(DECISION_REPLIES, number):
        if reply.correlation_id == message_id:
            return DecisionAnsweredV1.model_validate(parse_object(body_of(reply)))
    return None
