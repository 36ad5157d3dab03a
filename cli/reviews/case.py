"""The case of a review: what became of the reviews before it, and who asked for which changes."""

from __future__ import annotations

from datetime import datetime

from adapters.ledger.store import Ledger, StoredReview
from cli.lookup import short
from cli.reviews.wording import state
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Decision, Head
from contracts.models import OutboundModel


class ChangesShape(OutboundModel):
    """Who asked for changes, and for which."""

    reviewer: str
    comment: str | None
    enqueued_at: datetime


class EarlierReviewShape(OutboundModel):
    """An earlier review of the same case."""

    review_id: str
    state: ReviewState
    outcome: Outcome | None
    reason: str | None
    closed_at: datetime | None
    changes_requested: ChangesShape | None


async def earlier_reviews(ledger: Ledger, head: Head) -> list[StoredReview]:
    """The reviews of a case before this one, the first one first."""
    found: list[StoredReview] = []
    while head.previous_review and (review := await ledger.review(head.previous_review)):
        found.insert(0, review)
        head = review.head
    return found


def earlier_review_shape(review: StoredReview) -> EarlierReviewShape:
    """An earlier review as `show --json` prints it."""
    head, asked = review.head, _request_for_changes(review)
    return EarlierReviewShape(
        review_id=head.review_id,
        state=head.state,
        outcome=head.outcome,
        reason=head.reason,
        closed_at=head.closed_at,
        changes_requested=ChangesShape(reviewer=asked.reviewer, comment=asked.comment, enqueued_at=asked.enqueued_at)
        if asked
        else None,
    )


def earlier_review_row(review: StoredReview) -> tuple[object, ...]:
    """Review, how it ended, who asked for changes and for which; for people."""
    asked = _request_for_changes(review)
    who, what = (asked.reviewer, asked.comment) if asked else (None, None)
    return short(review.head.review_id), state(review), who, what


def _request_for_changes(review: StoredReview) -> Decision | None:
    said = (row.decision for row in review.decisions)
    return next((decision for decision in said if decision.verdict is Verdict.REQUEST_CHANGES), None)
