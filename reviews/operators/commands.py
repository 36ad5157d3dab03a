"""Carry out the messages on `operator-commands`, and answer them like decisions."""

from __future__ import annotations

from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from contracts.messages.commands import parse_command
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import COMMANDS_QUARANTINE
from reviews.answering import Reply, send_answer
from reviews.app import App
from reviews.operators.announcing_again import announce_again


async def carry_out(app: App, arrival: Arrival) -> None:
    """Carry out a command and answer it. Safe to do twice. Raises LedgerConflictError."""
    try:
        command = parse_command(arrival.body)
    except MalformedMessageError as malformed:
        await send_answer(app, arrival, Reply(Answer.MALFORMED, str(malformed)), COMMANDS_QUARANTINE)
        return
    reply = await announce_again(app, command, arrival)
    await send_answer(app, arrival, reply, COMMANDS_QUARANTINE, review_id=command.review_id)
