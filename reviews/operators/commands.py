"""Carry out the messages on `operator-commands`, and answer them like decisions."""

from __future__ import annotations

from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from contracts.messages.commands import (
    AnnounceOutcomeV1,
    BindPersonV1,
    Command,
    QuarantineHandledV1,
    ReassignPlaceV1,
    ReindexLedgerV1,
    ReviewRepairV1,
    RevokePersonV1,
    UnbindPersonV1,
    parse_command,
)
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import COMMANDS_QUARANTINE
from reviews.answering import Reply, send_answer
from reviews.app import App
from reviews.operators.announcing_again import announce_again
from reviews.operators.binding_people import rebind_person
from reviews.operators.quarantine_steps import note_quarantine_step
from reviews.operators.reassigning import reassign_place
from reviews.operators.reindexing import reindex
from reviews.operators.repairing_review import repair_review
from reviews.operators.revoking import revoke_person


async def carry_out(app: App, arrival: Arrival) -> None:
    """Carry out a command and answer it. Safe to do twice. Raises LedgerConflictError."""
    try:
        command = parse_command(arrival.body)
    except MalformedMessageError as malformed:
        await send_answer(app, arrival, Reply(Answer.MALFORMED, str(malformed)), COMMANDS_QUARANTINE)
        return
    review_id = getattr(command, "review_id", None)
    await send_answer(app, arrival, await _reply_to(app, command, arrival), COMMANDS_QUARANTINE, review_id=review_id)


async def _reply_to(app: App, command: Command, arrival: Arrival) -> Reply:
    match command:
        case AnnounceOutcomeV1():
            return await announce_again(app, command, arrival)
        case RevokePersonV1():
            return await revoke_person(app, command, arrival)
        case BindPersonV1() | UnbindPersonV1():
            return await rebind_person(app, command, arrival)
        case ReassignPlaceV1():
            return await reassign_place(app, command, arrival)
        case QuarantineHandledV1():
            return await note_quarantine_step(app, command, arrival)
        case ReviewRepairV1():
            return await repair_review(app, command, arrival)
        case ReindexLedgerV1():
            return await reindex(app, command)
