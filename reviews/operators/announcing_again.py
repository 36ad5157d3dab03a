"""Announce the outcome of a finished review again, for those whom its completion event has not reached."""

from __future__ import annotations

from adapters.messaging.arrivals import Arrival
from compliance.history import AuditEvent
from compliance.outcome import Answer, ReviewState
from compliance.transitions import MOST_NOTES
from contracts.messages.commands import AnnounceOutcomeV1
from reviews.announcing import announce_outcome
from reviews.answering import Reply
from reviews.app import App
from reviews.operators.noting import note_once


async def announce_again(app: App, command: AnnounceOutcomeV1, arrival: Arrival) -> Reply:
    """Note who has asked for it in the audit trail, and publish the completion event under the same id.

    Raises LedgerConflictError.
    """
    head = await app.ledger.find(command.review_id)
    if head is None:
        return Reply(Answer.UNKNOWN_REVIEW, "there is no review with this id; check the reviewId")
    if head.state is not ReviewState.CLOSED:
        return Reply(Answer.NOT_PERMITTED, "the review is not finished; its outcome is announced when it is", head)
    is_noted = await app.ledger.has_note(head.review_id, arrival.fingerprint)
    if head.notes >= MOST_NOTES and not is_noted:
        return Reply(Answer.NOT_PERMITTED, f"the review's history has {MOST_NOTES} notes and holds no more", head)
    head = await note_once(app, command, AuditEvent.OUTCOME_ANNOUNCED_AGAIN, arrival)
    await announce_outcome(app, head.review_id)
    return Reply(Answer.RECORDED, None, head)
