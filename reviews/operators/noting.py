"""Note in a review's audit trail what an operator did, if that changes nothing else of the review."""

from __future__ import annotations

from adapters.ledger.unfinished import ReviewNotFoundError
from adapters.messaging.arrivals import Arrival
from compliance.review import AuditEvent, AuditRecord, Head, Transition
from contracts.messages.commands import ReviewCommand
from reviews.app import App


async def note_once(app: App, command: ReviewCommand, event: AuditEvent, arrival: Arrival) -> Head:
    """Add a record of a command to its review's audit trail unless it has it already. Returns the head.

    Raises ReviewNotFoundError, LedgerConflictError.
    """
    head = None
    async for attempt in app.ledger.attempts(command.review_id):
        head = attempt.review.head
        noted = Transition.audited(head, event, arrival.enqueued_at, command.by, command.reason)
        history = [record for record, _ in await app.ledger.audit(command.review_id)]
        if any(_content(record) == _content(noted.record) for record in history):
            continue
        if head.last_audit != len(history):  # this very record may have been written since the head was read
            attempt.lost = True
            continue
        head = (await attempt.commit(noted)).head
    if head is None:
        raise ReviewNotFoundError(command.review_id)
    return head


def _content(record: AuditRecord) -> tuple[object, ...]:
    return record.event, record.at, record.who, record.detail
