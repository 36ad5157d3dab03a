"""What somebody should know of a document before they decide: what it would replace, and what came before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from adapters.at_once import gather_few, together
from adapters.ledger.store import StoredReview
from compliance.outcome import ReviewState, Vote
from compliance.review import Decision
from compliance.transitions import record
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts
from reviews.documents.background import published_name, same_bytes
from web.door import Door
from web.views.one_review import Seen, other_review_for
from web.views.permissions import believed
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
    (replaces, taken), (alike, earlier) = await together(
        _published(door, seen), together(_alike(door, visitor, seen), _earlier(door, visitor, seen))
    )
    place_of = _place_of(door, visitor, seen) if seen.permissions.decision is None else None
    return Background(replaces, taken, alike, earlier, place_of)


async def _published(door: Door, seen: Seen) -> tuple[PublishedFacts | None, NameTakenFacts | None]:
    if seen.head.state is not ReviewState.OPEN:
        return None, None
    return await published_name(door.ledger, door.documents, seen.head)


async def _alike(door: Door, visitor: Visitor, seen: Seen) -> list[SameBytesFacts]:
    alike = await same_bytes(door.ledger, seen.head)
    others = await gather_few([partial(other_review_for, door, visitor, seen, each.review_id) for each in alike])
    return [each for each, other in zip(alike, others, strict=True) if other]


def _place_of(door: Door, visitor: Visitor, seen: Seen) -> str | None:
    vote = Decision("-", Vote.APPROVE, visitor.name, "", "", door.now())
    standing = believed(seen.delegations, seen.head)
    ruling = record(seen.head, seen.decisions, vote, standing, other_names=visitor.other_names)
    decided = ruling.transition.decision if ruling else None
    return decided.decision.on_behalf_of if decided else None


async def _earlier(door: Door, visitor: Visitor, seen: Seen) -> list[StoredReview]:
    found: list[StoredReview] = []
    previous = seen.head.previous_review
    while previous and len(found) < _MOST_EARLIER and (other := await other_review_for(door, visitor, seen, previous)):
        found.append(other.review)
        previous = other.head.previous_review
    return found
