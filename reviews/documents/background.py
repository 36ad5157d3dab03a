"""What reviewers should know of a document before they decide: what it would replace, and what became of its bytes."""

from __future__ import annotations

from typing import Final

from adapters.ledger.store import Ledger
from compliance.outcome import Outcome, Verdict, Vote
from compliance.review import Head
from contracts.messages.outbound import PublishedFacts, SameBytesFacts

_MOST_SHOWN: Final = 3  # other reviews of the same bytes


async def published_version(ledger: Ledger, head: Head) -> PublishedFacts | None:
    """Return the published version that an approval would replace. None if there was none when the review opened."""
    published = await ledger.find(head.published_review) if head.published_review else None
    if published is None or published.outcome is not Outcome.APPROVED or published.location is None:
        return None
    return PublishedFacts(
        review_id=published.review_id,
        location=published.location,
        since=published.closed_at,
        sha256=published.document.sha256,
    )


async def same_bytes(ledger: Ledger, head: Head) -> tuple[SameBytesFacts, ...]:
    """Return the last other reviews of the same bytes, except those that ended because a newer version came."""
    if head.document.sha256 is None:
        return ()
    found: list[SameBytesFacts] = []
    for review_id in await ledger.hashes.reviews_of(head.document.sha256):
        if review_id == head.review_id:
            continue
        other = await ledger.review(review_id)
        if other is None or other.head.verdict is Verdict.SUPERSEDE:
            continue
        votes = [row.decision.vote for row in other.decisions]
        found.append(
            SameBytesFacts(
                review_id=review_id,
                container=other.head.document.container,
                name=other.head.document.name,
                state=other.head.state,
                outcome=other.head.outcome,
                reason=other.head.reason,
                closed_at=other.head.closed_at,
                approvals=votes.count(Vote.APPROVE),
                rejections=len(votes) - votes.count(Vote.APPROVE),
            )
        )
        if len(found) == _MOST_SHOWN:
            break
    return tuple(found)
