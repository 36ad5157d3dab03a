"""Note who takes a message off a quarantine, how and why, before it is done.

A step is believed only if the quarantine holds the message. It goes into the history of the review that the message is
about, or beside it, if no such review is known or its history has enough notes. The app itself sends a decision again
that is replayed as it came: only on the queue of its copies does the time count at which it was first sent.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from azure.servicebus import ServiceBusReceivedMessage

from adapters.ledger.quarantine_log import QuarantineStep
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import ORIGINAL_LENGTH, Messages, body_of, properties_of
from compliance.document import review_id
from compliance.history import AuditEvent
from compliance.outcome import Answer
from compliance.review import Head
from compliance.transitions import note
from contracts.digest import hashed_id
from contracts.messages.commands import QuarantineHandledV1, parse_command
from contracts.messages.decisions import read_decision
from contracts.messages.strict_json import MalformedMessageError
from contracts.messages.submissions import parse_submission
from contracts.names import DECISION_RETRIES, DECISIONS_QUARANTINE, SUBMISSIONS_QUARANTINE
from reviews.answering import Reply
from reviews.app import App

MOST_SEARCHED: Final = 10_000  # messages of a quarantine
_EVENTS: Final = {"replay": AuditEvent.QUARANTINE_REPLAYED, "discard": AuditEvent.QUARANTINE_DISCARDED}
_ID_DIGITS: Final = 12  # of an id in a text


async def note_quarantine_step(app: App, step: QuarantineHandledV1, arrival: Arrival) -> Reply:
    """Note a step, once, however often it is reported, then replay a decision. Raises LedgerConflictError.

    As long as the message is there, it is sent again at each report: a decision that comes twice counts once.
    """
    head = await app.ledger.find(step.review_id) if step.review_id else None
    noted = await app.quarantine_log.holds(step.step_id) or (
        head is not None and await app.ledger.has_note(head.review_id, step.step_id)
    )
    sends_again = step.action == "replay" and step.queue == DECISIONS_QUARANTINE and not step.edited
    if noted and not sends_again:
        return Reply(Answer.RECORDED, None, head)
    found = await _find(app.messages, step)
    if noted and found is None:  # its operator has taken it off since
        return Reply(Answer.RECORDED, None, head)
    if found is None:
        return Reply(Answer.NOT_PERMITTED, f"{step.queue} does not hold the message; see `quarantine list`", head)
    if step.review_id and not step.edited and step.review_id != _review_of(step.queue, body_of(found)):
        return Reply(Answer.NOT_PERMITTED, "the message is about another review, or none that can be read", head)
    if sends_again and ORIGINAL_LENGTH in properties_of(found):
        return Reply(Answer.NOT_PERMITTED, "the message was too large, and only its beginning was kept", head)
    if not noted:
        head = await _note(app, step, head, arrival)
    if sends_again:
        await app.messages.replay(DECISION_RETRIES, found)
    return Reply(Answer.RECORDED, None, head)


async def _find(messages: Messages, step: QuarantineHandledV1) -> ServiceBusReceivedMessage | None:
    """Return the message: where its number says, or among the first of its queue."""
    number, seen = step.sequence_number, 0
    async for message in messages.peek(step.queue, number or 1):
        seen += 1
        if message.message_id == step.quarantined_id:
            return message
        if number or seen == MOST_SEARCHED:
            break
    return None


def _review_of(queue: str, body: bytes) -> str | None:
    """Return the id of the review that a quarantined message is about, or None."""
    if queue == DECISIONS_QUARANTINE:
        return read_decision(body).review_id
    try:
        if queue == SUBMISSIONS_QUARANTINE:
            announced = parse_submission(body)
            return review_id(announced.container, announced.name, announced.etag)
        return getattr(parse_command(body), "review_id", None)
    except MalformedMessageError:
        return None


async def _note(app: App, step: QuarantineHandledV1, head: Head | None, arrival: Arrival) -> Head | None:
    event, at, detail = _EVENTS[step.action], arrival.copy_enqueued_at, _detail(step)
    if head:
        add_note = partial(note, event=event, at=at, who=step.by, detail=detail)
        noted = await app.ledger.note_once(head.review_id, step.step_id, add_note)
        if noted and noted[1]:
            return noted[0]
    await app.quarantine_log.put(step.step_id, QuarantineStep(at, event, step.by, detail, step.queue))
    return head


def _detail(step: QuarantineHandledV1) -> str:
    what = f"message {step.quarantined_id[:_ID_DIGITS]}{' after an edit' if step.edited else ''}"
    return f"{what}, step {hashed_id(step.step_id)[:_ID_DIGITS]}: {step.reason}"
