"""`compliance quarantine replay` and `discard`: taking refused messages off, recorded before anything is done.

Both first have the app record who does what and why. The message leaves the quarantine last, so that a command which is
interrupted at any point can be given again: what is sent twice counts once.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from adapters.messaging.arrivals import ORIGINAL_ENQUEUED_TIME, RETURN_COUNT, TRY_COUNT
from adapters.messaging.messages import EXPLANATION, ORIGINAL_LENGTH, REFUSED_BECAUSE, Messages
from cli.answers import TimeoutOption, ask, check_message, print_answer, wait_for_answer
from cli.failures import CommandError, ExitCode
from cli.json_output import prints_json
from cli.lookup import short
from cli.quarantine.editing import edited
from cli.quarantine.handling import HandledJson, handle_each
from cli.quarantine.quarantined import IdsArgument, Quarantined, review_and_sender
from cli.session import JsonOption, Session
from cli.terminal import print_line, say
from compliance.outcome import Answer
from contracts.digest import hashed_id
from contracts.messages.decisions import read_decision
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import DECISIONS_QUARANTINE, DOCUMENT_SUBMISSIONS, REVIEW_DECISIONS

_OF_THE_APP: Final = {REFUSED_BECAUSE, EXPLANATION, TRY_COUNT, RETURN_COUNT}

WhoOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Your name; it is recorded.")]


@prints_json(
    list[HandledJson],
    "answer is that of `compliance decide`, null for a submission; error is null, or says why nothing came of it",
)
def replay(
    context: typer.Context,
    identities: IdsArgument,
    *,
    who: WhoOption,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; it is recorded.")] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Correct it first, with $VISUAL or $EDITOR.")] = False,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Send a refused message again through its queue.

    Unchanged, it keeps the time at which it was first sent, so a decision that was in time still is. Edited, it is a
    new message of now, and a proof in it no longer covers what was changed: whoever signed must sign again.

    Exit code: for a decision that of `compliance decide`; 4 no answer in time (the error says whether the message was
    sent); for several messages the first code that is not 0.
    """
    why = reason or ("edited and sent again" if edit else "sent again as it came")

    async def send_again(session: Session, found: Quarantined) -> HandledJson:
        messages, body = session.app.messages, _edited(found) if edit else found.body
        about = _checked(found, body)
        await _record(messages, found, {"action": "replay", "edited": edit, **_told(about, who, why)}, timeout)
        message_id = _message_id(found, body)

        async def put_back() -> None:
            await _send(messages, found, body, message_id)
            await _take_off(messages, found)

        answer = None
        if found.queue == DECISIONS_QUARANTINE:
            late = "the message may have been sent again and may still count: see `compliance show`"
            answer = await wait_for_answer(messages, message_id, put_back, seconds=timeout, if_late=late)
        else:
            await put_back()
        return HandledJson(id=found.id, queue=found.queue, review_id=about, answer=answer)

    handle_each(context, identities, send_again, _tell_sent, as_json=as_json)


@prints_json(list[HandledJson], "answer is null; error is null, or says why nothing came of it")
def discard(
    context: typer.Context,
    identities: IdsArgument,
    *,
    who: WhoOption,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is recorded.")],
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
) -> None:
    """Discard a refused message.

    Its content is gone then; that it was discarded, by whom and why, is recorded.

    Exit code: for several messages the first one that is not 0.
    """

    async def throw_away(session: Session, found: Quarantined) -> HandledJson:
        about = _about(found)
        await _record(session.app.messages, found, {"action": "discard", **_told(about, who, reason)}, timeout)
        await _take_off(session.app.messages, found)
        return HandledJson(id=found.id, queue=found.queue, review_id=about)

    handle_each(context, identities, throw_away, _tell_discarded, as_json=as_json)


def _tell_sent(handled: HandledJson) -> None:
    about = f", about the review {handled.review_id}" if handled.review_id else ""
    print_line(f"Sent again: {short(handled.id)}{about}")
    if handled.answer:
        print_answer(handled.answer)


def _tell_discarded(handled: HandledJson) -> None:
    print_line(f"Discarded: {short(handled.id)}")


def _edited(found: Quarantined) -> bytes:
    try:
        text = found.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CommandError(
            "its body is not UTF-8 text and cannot be edited; send a new message", ExitCode.USAGE
        ) from error
    return edited(text, ".json").encode()


def _checked(found: Quarantined, body: bytes) -> str | None:
    """The review that the message is about. Raises CommandError for a message that would only be refused again."""
    if ORIGINAL_LENGTH in found.properties:
        text = "only its beginning was kept, for it was too large; ask its sender for a smaller one"
        raise CommandError(text, ExitCode.USAGE)
    try:
        return review_and_sender(found.queue, body)[0]
    except MalformedMessageError as malformed:
        raise CommandError(
            f"nothing was sent, it would be refused: {malformed}; put it right with --edit", ExitCode.USAGE
        ) from malformed


def _about(found: Quarantined) -> str | None:
    """The review that a message is about, as far as that can be read even of a malformed decision."""
    if found.queue == DECISIONS_QUARANTINE:
        return read_decision(found.body).review_id
    return found.line().review_id


def _told(about: str | None, who: str, why: str) -> dict[str, str]:
    return {"by": who, "reason": why, **({"reviewId": about} if about else {})}


async def _record(messages: Messages, found: Quarantined, told: Mapping[str, object], seconds: float) -> None:
    """Have the app record the step. Raises CommandError when it has not, and then nothing else may be done."""
    step = str(uuid.uuid4())
    body = {"type": "QuarantineHandledV1", "stepId": step, "queue": found.queue, "quarantinedId": found.id, **told}
    check_message(body, "step")
    late = "nothing was done but asking the app to record the step: is the app running?"
    answer = await ask(messages, body, step, seconds=seconds, if_late=late)
    if answer.answer is not Answer.RECORDED:
        raise CommandError(f"the app did not record the step ({answer.answer}), and nothing was done; see its log")


def _message_id(found: Quarantined, body: bytes) -> str:
    """Return the message's own id; an edited one is another message."""
    if body == found.body:
        return found.message.correlation_id or found.id
    return hashed_id("edited", found.id, hashlib.sha256(body).hexdigest())


async def _send(messages: Messages, found: Quarantined, body: bytes, message_id: str) -> None:
    """Send a message to the queue that it came by; an edited one loses the time at which it was first sent."""
    queue = REVIEW_DECISIONS if found.queue == DECISIONS_QUARANTINE else DOCUMENT_SUBMISSIONS
    dropped = _OF_THE_APP if body == found.body else {*_OF_THE_APP, ORIGINAL_ENQUEUED_TIME}
    await messages.send(
        queue,
        body,
        message_id=message_id,
        content_type=found.message.content_type,
        application_properties={name: value for name, value in found.properties.items() if name not in dropped},
    )


async def _take_off(messages: Messages, found: Quarantined) -> None:
    """Every copy; one that somebody else took meanwhile, or holds for the moment, is no failure."""
    for number in found.numbers:
        if not await messages.remove(found.queue, number):
            say(
                f"A copy of {short(found.id)} could not be had: somebody else has it. See `compliance quarantine list`."
            )
