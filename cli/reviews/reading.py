"""Reading everything about one review."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from adapters.ledger.store import Ledger
from adapters.policies import PolicyError, load_policies
from cli.lookup import find_review
from cli.reviews.view import ReviewView
from cli.session import Session
from cli.whereabouts import whereabouts
from compliance.outcome import ReviewState
from compliance.review import Head
from reviews.documents.background import published_name, same_bytes


async def read_review(session: Session, review: str) -> ReviewView:
    """Read everything about one review. Raises CommandError if there is none."""
    ledger = session.ledger
    stored = await find_review(ledger, review)
    replaces, name_taken = None, None
    if stored.head.state is ReviewState.OPEN:
        replaces, name_taken = await published_name(ledger, session.documents, stored.head)
    return ReviewView(
        stored.head,
        stored.decisions,
        [
            (record, datetime.fromisoformat(stored_at))
            for record, stored_at in await ledger.audit(stored.head.review_id)
        ],
        await _earlier_reviews(ledger, stored.head),
        await whereabouts(session.documents, stored.head),
        _policy_now(session.policy_file, stored.head),
        replaces,
        await same_bytes(ledger, stored.head),
        name_taken=name_taken,
    )


def _policy_now(file: Path | None, head: Head) -> str | None:
    """Return the version of the policy file if its rules for the review's class are not those that the review keeps."""
    if file is None:
        return None
    try:
        policies = load_policies(file)
    except PolicyError:
        return None  # `policy check` reports it
    now = policies.by_class.get(head.policy.document_class)
    return policies.version if now is None or now.sha256 != head.policy.sha256 else None


async def _earlier_reviews(ledger: Ledger, head: Head) -> list[ReviewView]:
    found: list[ReviewView] = []
    while head.previous_review and (review := await ledger.review(head.previous_review)):
        found.insert(0, ReviewView.of(review))
        head = review.head
    return found
