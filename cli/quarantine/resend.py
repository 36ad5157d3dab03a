"""`compliance quarantine replay` and `discard`: take refused messages off, each step recorded before it is done.

The app records who does what and why, and sends a decision again that is replayed as it came. The message leaves the
quarantine last, so an interrupted command can be repeated: a message that is sent twice counts once.
"""

from __future__ import annotations

import hashlib
import sys
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

import click

from adapters.messaging.arrivals import ORIGINAL_ENQUEUED_TIME
from adapters.messaging.messages import OF_THE_APP, ORIGINAL_LENGTH, Messages
from cli.answers import end_of_replies, print_answer, read_answer
from cli.failures import CommandError, ExitCode
from cli.lookup import short_id
from cli.operators.command_message import order
from cli.quarantine.editor import edit_text
from cli.quarantine.handling import HandledJson, handle_each
from cli.quarantine.refused_messages import RefusedMessage, read_refused_messages, review_and_sender
from cli.session import Session, in_session
from cli.terminal import print_line, say
from compliance.outcome import Answer
from contracts.digest import hashed_id
from contracts.messages.decisions import read_decision
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import (
    COMMANDS_QUARANTINE,
    DECISIONS_QUARANTINE,
    DOCUMENT_SUBMISSIONS,
    OPERATOR_COMMANDS,
    REVIEW_DECISIONS,
    SUBMISSIONS_QUARANTINE,
)
from contracts.plain_text import quantity

_CAME_BY: Final = {
    DECISIONS_QUARANTINE: REVIEW_DECISIONS,
    SUBMISSIONS_QUARANTINE: DOCUMENT_SUBMISSIONS,
    COMMANDS_QUARANTINE: OPERATOR_COMMANDS,
}


def resend(
    context: click.Context,
    message_ids: Sequence[str],
    who: str,
    reason: str | None,
    seconds: float,
    *,
    edit: bool,
    as_json: bool,
) -> None:
    """Send refused messages again; end with the exit code."""
    why = reason or ("edited and sent again" if edit else "sent again as it came")

    async def send_again(session: Session, found: RefusedMessage) -> HandledJson:
        messages, body = session.messages, _edit_body(found) if edit else found.body
        about = _check(found, body)
        is_answered = found.queue != SUBMISSIONS_QUARANTINE
        first = await end_of_replies(messages) if is_answered else 0
        await _record(session, found, {"action": "replay", "edited": edit, **_step(about, who, why)}, seconds)
        message_id = _message_id(found, body)
        if edit or found.queue != DECISIONS_QUARANTINE:
            await _send(messages, found, body, message_id)
        await _take_off(messages, found)
        late = "the message was sent again and may still count: see `compliance show`"
        answer = await read_answer(messages, message_id, first, seconds=seconds, if_late=late) if is_answered else None
        return HandledJson(id=found.id, queue=found.queue, review_id=about, answer=answer)

    handle_each(context, message_ids, send_again, _report_resent, as_json=as_json)


def choose_all(context: click.Context, refused_because: str | None, *, yes: bool) -> list[str]:
    """Return the ids of all messages that were refused for a reason, or of all. Raises CommandError without a yes."""
    wanted = refused_because and refused_because.replace("-", "_").lower()
    held = [message.in_list() for message in in_session(context, read_refused_messages)]
    chosen = [message.id for message in held if wanted in (None, message.refused_because)]
    if not chosen:
        raise CommandError(f"no message was refused{f' because: {wanted}' if wanted else ''}", ExitCode.NOT_FOUND)
    if yes:
        return chosen
    if not sys.stdin.isatty():
        text = f"{quantity(len(chosen), 'message')} would be discarded; confirm with --yes"
        raise CommandError(text, ExitCode.USAGE)
    if not click.confirm(f"Discard {quantity(len(chosen), 'message')}?", err=True):
        raise CommandError("nothing was discarded", ExitCode.USAGE)
    return chosen


def discard(
    context: click.Context, message_ids: Sequence[str], who: str, reason: str, seconds: float, *, as_json: bool
) -> None:
    """Discard refused messages; end with the exit code."""

    async def record_and_remove(session: Session, found: RefusedMessage) -> HandledJson:
        about = _review_of(found)
        await _record(session, found, {"action": "discard", **_step(about, who, reason)}, seconds)
        await _take_off(session.messages, found)
        return HandledJson(id=found.id, queue=found.queue, review_id=about)

    handle_each(context, message_ids, record_and_remove, _report_discarded, as_json=as_json)


def _report_resent(handled: HandledJson) -> None:
    about = f", about the review {handled.review_id}" if handled.review_id else ""
    print_line(f"Sent again: {short_id(handled.id)}{about}")
    if handled.answer:
        print_answer(handled.answer)


def _report_discarded(handled: HandledJson) -> None:
    print_line(f"Discarded: {short_id(handled.id)}")


def _edit_body(found: RefusedMessage) -> bytes:
    try:
        text = found.body.decode("utf-8")
    except UnicodeDecodeError as error:
        text = "the body is not UTF-8 text and cannot be edited; send a new message"
        raise CommandError(text, ExitCode.USAGE) from error
    return edit_text(text, ".json").encode()


def _check(found: RefusedMessage, body: bytes) -> str | None:
    """Return the review that a message is about, or None. Raises CommandError if it would only be refused again."""
    if ORIGINAL_LENGTH in found.properties:
        text = "the message was too large, and only its beginning was kept; ask its sender for a smaller one"
        raise CommandError(text, ExitCode.USAGE)
    try:
        return review_and_sender(found.queue, body)[0]
    except MalformedMessageError as error:
        text = f"nothing was sent: the message would be refused: {error}; correct it with --edit"
        raise CommandError(text, ExitCode.USAGE) from error


def _review_of(found: RefusedMessage) -> str | None:
    """Return the review that a message is about, even a malformed decision if it can be read; else None."""
    if found.queue == DECISIONS_QUARANTINE:
        return read_decision(found.body).review_id
    return found.in_list().review_id


def _step(about: str | None, who: str, why: str) -> dict[str, str]:
    return {"by": who, "reason": why, **({"reviewId": about} if about else {})}


async def _record(session: Session, found: RefusedMessage, step: Mapping[str, object], seconds: float) -> None:
    """Let the app record a step. Raises CommandError if it did not; then nothing else may be done."""
    which = {"queue": found.queue, "quarantinedId": found.id, "sequenceNumber": found.numbers[-1]}
    body = {"type": "QuarantineHandledV1", "stepId": str(uuid.uuid4()), **which, **step}
    late = "the app was asked to record the step, and nothing else was done: is the app running?"
    answer = await order(session, body, seconds, if_late=late)
    if answer.answer is not Answer.RECORDED:
        why = answer.explanation or "see the app's log"
        raise CommandError(f"nothing was done: the app did not record the step ({answer.answer}): {why}")


def _message_id(found: RefusedMessage, body: bytes) -> str:
    """Return the message's own id; an edited one is another message."""
    if body == found.body:
        return found.message.correlation_id or found.id
    return hashed_id("edited", found.id, hashlib.sha256(body).hexdigest())


async def _send(messages: Messages, found: RefusedMessage, body: bytes, message_id: str) -> None:
    """Send a message to the queue that it came by; an edited one loses the time at which it was first sent."""
    dropped = OF_THE_APP if body == found.body else {*OF_THE_APP, ORIGINAL_ENQUEUED_TIME}
    await messages.send(
        _CAME_BY[found.queue],
        body,
        message_id=message_id,
        content_type=found.message.content_type,
        application_properties={name: value for name, value in found.properties.items() if name not in dropped},
    )


async def _take_off(messages: Messages, found: RefusedMessage) -> None:
    """Remove every copy. It is no failure if somebody else has taken or locked one."""
    for number in found.numbers:
        if not await messages.remove(found.queue, number):
            say(f"Somebody else has a copy of {short_id(found.id)}: see `compliance quarantine list`.")
