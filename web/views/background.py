"""What somebody should know of a document before they decide: what it would replace, and what came before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.at_once import gather_few
from adapters.ledger.store import StoredReview
from compliance.outcome import ReviewState, Vote
from compliance.review import Decision
from compliance.transitions import record
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts
from reviews.documents.background import published_name, same_bytes
from web.door import Door
from web.problems import ProblemError
from web.views.one_review import Seen, review_for
from web.views.permissions import believed, standing_delegations
from web.visitors import Visitor

_MOST_EARLIER: Final = 10  # reviews of the same case


@dataclass(frozen=True, slots=True)
class Background:
    """What is known beside a review."""

    replaces: PublishedFacts | None  # what an approval would replace
    taken: NameTakenFacts | None  # what keeps an approval from being carried out
    same_bytes: list[SameBytesFacts]
    earlier: list[StoredReview]  # of the same case, newest first
    place_of: str | None  # whose place the person would fill, if not their own


async def background_of(door: Door, visitor: Visitor, seen: Seen) -> Background:
    """Read what is known beside a review. Other reviews are left out if they do not concern the person."""
    head = seen.head
    replaces, taken = None, None
    if head.state is ReviewState.OPEN:
        replaces, taken = await published_name(door.ledger, door.documents, head)
    alike = await same_bytes(door.ledger, head)
    seen_too = await gather_few([(lambda other=each: _find(door, visitor, other.review_id)) for each in alike])
    visible = [each for each, other in zip(alike, seen_too, strict=True) if other]
    place_of = await _place_of(door, visitor, seen) if seen.permissions.decision is None else None
    return Background(replaces, taken, visible, await _earlier(door, visitor, seen), place_of)


async def _place_of(door: Door, visitor: Visitor, seen: Seen) -> str | None:
    vote = Decision("-", Vote.APPROVE, visitor.name, "", "", door.now())
    standing = believed(await standing_delegations(door, visitor), seen.head)
    ruling = record(seen.head, seen.decisions, vote, standing, other_names=visitor.other_names)
    decided = ruling.transition.decision if ruling else None
    return decided.decision.on_behalf_of if decided else None


async def _earlier(door: Door, visitor: Visitor, seen: Seen) -> list[StoredReview]:
    found: list[StoredReview] = []
    previous = seen.head.previous_review
    while previous and len(found) < _MOST_EARLIER and (other := await _find(door, visitor, previous)):
        found.append(other.review)
        previous = other.head.previous_review
    return found


async def _find(door: Door, visitor: Visitor, review_id: str) -> Seen | None:
    try:
        return await review_for(door, visitor, review_id)
    except ProblemError:
        return None
