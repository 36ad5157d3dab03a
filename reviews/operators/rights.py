"""Look up whether somebody's right to take part in reviews has ended, and note it in the reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.ledger.unfinished import ReviewNotFoundError
from compliance.outcome import ReviewState
from compliance.people.delegation import Delegation
from compliance.people.reviewers import Revocation, end_right, takes_part, voids
from compliance.refusal import Refusal, right_refusal
from compliance.review import Head
from reviews.app import App


async def note_revocation(app: App, review_id: str, revocation: Revocation, at: datetime) -> Head | None:
    """Note a revocation in an open review; returns the review's head, or None if it has none. Safe to do twice.

    Raises LedgerConflictError.
    """
    try:
        return await app.ledger.change(review_id, lambda head: end_right(head, revocation, at))
    except ReviewNotFoundError:
        return None


def concerns(head: Head, revocation: Revocation) -> bool:
    """Return whether a revocation is to be noted in a review before its person sends anything about it."""
    return head.state is ReviewState.OPEN and takes_part(head, revocation.right.person)


async def note_revocations(app: App, review_id: str, revocations: Sequence[Revocation]) -> None:
    """Note in a review whatever revocations concern it, except those that were dated ahead. Safe to do twice.

    Raises LedgerConflictError.
    """
    head = await app.ledger.find(review_id)
    for revocation in revocations:
        if head and concerns(head, revocation):
            await note_revocation(app, review_id, revocation, revocation.enqueued_at)


async def standing_delegations(
    app: App, review_id: str, delegates: Sequence[str], at: datetime
) -> Sequence[Delegation]:
    """List the delegations to the person of these names, without those that a past revocation has ended.

    Revocations that are in force are noted in the review, so that the rules can judge. Raises LedgerConflictError.
    """
    standing: list[Delegation] = []
    for delegate in delegates:
        own = await app.revocations.find(delegate)
        for delegation in await app.delegations.list_to(delegate):
            given = await app.revocations.find(delegation.by)
            if given:
                await note_revocation(app, review_id, given, at)
            if not any(_has_ended(revocation, delegation, at) for revocation in (own, given) if revocation):
                standing.append(delegation)
    return standing


def _has_ended(revocation: Revocation, delegation: Delegation, at: datetime) -> bool:
    return voids(revocation, delegation, at) and not revocation.right.holds_at(at)


async def delegating_refusal(app: App, people: Sequence[str], at: datetime) -> Refusal | None:
    """Say why these people may not delegate to each other at this moment. None if they may."""
    revocations = [await app.revocations.find(person) for person in people]
    return right_refusal([revocation.right for revocation in revocations if revocation], people, at)
