"""Note in a review's audit trail what an operator did, if that changes nothing else of the review."""

from __future__ import annotations

from functools import partial

from adapters.ledger.unfinished import ReviewNotFoundError
from adapters.messaging.arrivals import Arrival
from compliance.history import AuditEvent
from compliance.review import Head
from compliance.transitions import note
from contracts.messages.commands import ReviewCommand
from reviews.app import App


async def note_once(app: App, command: ReviewCommand, event: AuditEvent, arrival: Arrival) -> Head:
    """Add a record of a command to its review's audit trail unless it has it already, or enough notes.

    Returns the head. Raises ReviewNotFoundError, LedgerConflictError.
    """
    add_note = partial(note, event=event, at=arrival.enqueued_at, who=command.by, detail=command.reason)
    noted = await app.ledger.note_once(command.review_id, arrival.fingerprint, add_note)
    if noted is None:
        raise ReviewNotFoundError(command.review_id)
    return noted[0]
