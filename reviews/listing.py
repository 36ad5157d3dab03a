"""Keep the lists that people read in step with the reviews.

Each step does this after sending its messages, so no message waits for it. If a step fails before that, the sweep does
it.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance.history import AuditEvent
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.rounds import people_asked
from contracts.messages.decisions import ChangesRequestedV1, DecisionSubmittedV1, Reading, ReviewWithdrawnV1
from reviews.app import App


async def list_request(app: App, head: Head) -> None:
    """List a review whose reviewers were asked, and take it out of the inboxes of the previous stage's reviewers."""
    if not head.stage:
        await app.ledger.unfinished.set_due(head)
    people = (*people_asked(head, head.stage - 1), *people_asked(head)) if head.stage else people_asked(head)
    if head.state is not ReviewState.OPEN or not people:
        return
    if head.last_seq:
        await correct_inboxes(app, head.review_id, people)
    else:
        await app.inboxes.correct(head, (), people)


async def correct_inboxes(
    app: App, review_id: str, people: Iterable[str], *, remembered_since: ReviewState | None = None
) -> None:
    """Bring a review's rows in the inboxes of these people up to date. `remembered_since` is as in `Ledger.get`."""
    stored = await app.ledger.review(review_id, remembered_since=remembered_since)
    if stored:
        await app.inboxes.correct(stored.head, stored.decisions, people)


async def list_message(app: App, reading: Reading, head: Head) -> None:
    """List a recorded decision or withdrawal for the person who sent it."""
    match reading.message:
        case DecisionSubmittedV1(decision_id=decision_id) | ChangesRequestedV1(decision_id=decision_id):
            await _list_decision(app, decision_id, head)
        case ReviewWithdrawnV1():
            await list_withdrawal(app, head.review_id)
        case _:
            pass


async def list_withdrawal(app: App, review_id: str) -> None:
    """List a withdrawal for the person who sent it. Only the audit trail has its time."""
    for record, _ in await app.ledger.audit(review_id):
        if record.event is AuditEvent.REVIEW_WITHDRAWN and record.who and record.at:
            await app.ledger.own.put_decided(record.who, review_id, record.at)


async def _list_decision(app: App, decision_id: str, head: Head) -> None:
    # Remembered since it was recorded just now; read if it was recorded elsewhere.
    stored = await app.ledger.review(head.review_id, remembered_since=ReviewState.OPEN)
    decisions = [each.decision for each in stored.decisions] if stored else []
    recorded = next((each for each in decisions if each.decision_id == decision_id), None)
    if stored is None or recorded is None:
        return
    await app.ledger.own.put_decided(recorded.reviewer, head.review_id, recorded.enqueued_at)
    if people_asked(stored.head):
        await app.inboxes.correct(stored.head, stored.decisions, (recorded.on_behalf_of or recorded.reviewer,))
