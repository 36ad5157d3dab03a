"""What reviewers should know of a document before they decide: what it would replace, and what became of its bytes."""

from __future__ import annotations

from typing import Final

from adapters.blobs.copies import Copier, is_ours
from adapters.blobs.documents import Blob, Documents
from adapters.blobs.pinned_blob import DocumentChangedError
from adapters.ledger.store import Ledger
from compliance.outcome import Verdict, Vote
from compliance.review import Head
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts
from contracts.names import PENDING, PUBLISHED, SUBMISSIONS
from reviews.documents.comparing import compare, place_of
from reviews.documents.versions import PublishedVersions

_MOST_SHOWN: Final = 3  # other reviews of the same bytes


async def published_name(
    ledger: Ledger, documents: Documents, head: Head
) -> tuple[PublishedFacts | None, NameTakenFacts | None]:
    """Return what an approval would find under the published name: the version that it would replace, or another blob.

    It cannot be carried out over another blob: the review would end as `failed` (`target_taken`).
    """
    name = head.document.name
    blob = await documents.current(PUBLISHED, name)
    if blob is None:
        return None, None
    try:
        earlier = await PublishedVersions(documents, Copier(documents), ledger).earlier_version(head, blob)
        if earlier is None and is_ours(blob, head.review_id):
            return None, None  # of a decision that the ledger has lost, or does not have yet
        if earlier is None:
            owner = await _owner(ledger, documents, blob, head)
            return None, NameTakenFacts(
                location=f"{PUBLISHED}/{name}",
                review_id=owner.review_id if owner else None,
                container=owner.document.container if owner else None,
                since=blob.changed_at,
            )
    except DocumentChangedError:  # it is being replaced right now; the next round sees by what
        return None, None
    if earlier.is_leftover:
        return None, None
    version = earlier.head
    return PublishedFacts(
        review_id=earlier.review_id,
        location=f"{PUBLISHED}/{name}",
        since=version.closed_at if version else None,
        sha256=version.document.sha256 if version else None,
    ), None


async def _owner(ledger: Ledger, documents: Documents, blob: Blob, head: Head) -> Head | None:
    """Return the review of another document of the same name whose copy this is, by the ledger's record, or None."""
    others = [each for each in (PENDING, SUBMISSIONS) if each != head.document.container]
    named = blob.named_review
    listed = [review for other in others for review in reversed(await ledger.names.reviews_of(other, blob.name))]
    for review_id in ([named] if named else []) + listed:
        found = await ledger.find(review_id)
        is_there = found and str(place_of(found)) == f"{PUBLISHED}/{blob.name}"
        if found and is_there and (await compare(documents, found, blob)).is_same:
            return found
    return None


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
