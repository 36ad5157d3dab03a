"""Give the open place of a reviewer to another person, and ask that person."""

from __future__ import annotations

from dataclasses import replace

from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer, ReviewState
from compliance.people.identity import person_key
from compliance.people.reviewers import reassign
from compliance.review import Head, Reassignment
from contracts.digest import hashed_id
from contracts.messages.commands import ReassignPlaceV1
from reviews.answering import Reply
from reviews.app import App
from reviews.listing import correct_inboxes
from reviews.operators.rights import note_revocation
from reviews.requesting import ask, pending_reviewers


async def reassign_place(app: App, command: ReassignPlaceV1, arrival: Arrival) -> Reply:
    """Reassign the place in the ledger, and ask the new reviewer if the stage's reviewers were asked already.

    Raises LedgerConflictError.
    """
    change = Reassignment(command.replaced, command.replacement, command.reason)
    if revocation := await app.revocations.find(command.replacement):
        await note_revocation(app, command.review_id, revocation, arrival.copy_enqueued_at)
    ruling = None
    async for attempt in app.ledger.attempts(command.review_id):
        stored = attempt.review
        ruling = reassign(stored.head, stored.decisions, change, arrival.copy_enqueued_at, command.by)
        ruling = replace(ruling, transition=await attempt.commit(ruling.transition))
    if ruling is None:
        return Reply(Answer.UNKNOWN_REVIEW, "there is no review with this id; check the reviewId")
    if ruling.answer is Answer.RECORDED:
        await _ask_replacement(app, ruling.head, command.replacement)
        await correct_inboxes(app, command.review_id, (command.replaced, command.replacement))
    return Reply.of(ruling)


async def _ask_replacement(app: App, head: Head, replacement: str) -> None:
    """Ask the new reviewer, unless the reviewers of the stage are still to be asked all together."""
    if head.state is not ReviewState.OPEN or not head.inspected or head.requested_stage < head.stage:
        return
    audience = [
        name for name in await pending_reviewers(app, head) or () if person_key(name) == person_key(replacement)
    ]
    if audience:
        await ask(app, head, "request", hashed_id("reassigned", person_key(replacement))[:12], tuple(audience))
