"""A person's inbox: the reviews that wait for their decision, or for that of somebody for whom they stand in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.ledger.lists.index_keys import review_in
from adapters.ledger.store import StoredReview
from adapters.ledger.unfinished import WaitingReview
from compliance.people.delegation import Delegation
from compliance.people.identity import person_key, same_person
from compliance.people.reviewers import voids
from compliance.rounds import awaited, awaits, may_take_part
from reviews.finding.merging import MergedRow, Source, merge
from reviews.finding.pages import LIMIT, SEARCHED, Page, read_page
from reviews.finding.reads import Reads

_MOST_LOOKS: Final = 250  # at reviews, for a page


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review that waits for somebody's decision."""

    review: StoredReview
    place_of: str | None  # the person for whom they stand in; None if the place is their own


async def waiting_for(
    app: Reads,
    person: str,
    *,
    other_names: Sequence[str] = (),
    at: datetime,
    to_anyone: bool = False,
    delegations: Sequence[Delegation] | None = None,
    holds: Callable[[StoredReview], bool] = lambda _: True,
    limit: int = LIMIT,
    cursor: str | None = None,
) -> Page[Waiting]:
    """List what waits for a person, or for people for whom they stand in at this moment; the soonest due first.

    `to_anyone` adds the reviews in which anyone may decide. `delegations` are those to the person, if they were read
    before. A page ends early, as a search does, if there are very many reviews in which only others may decide.
    """
    names = (person, *other_names)
    if delegations is None:
        delegations = [each for name in names for each in await app.delegations.list_to(name)]
    sources = [Source(None, app.inboxes.pages(name, limit, cursor)) for name in names]
    if to_anyone:
        sources.append(_open_to_anyone(app, limit, cursor))
    replaced = await _replaced(app, delegations, at)
    sources += [Source(each, app.inboxes.pages(each, limit, cursor)) for each in replaced]

    async def look(row: MergedRow) -> Waiting | None:
        review = await app.ledger.review(review_in(row.key))
        if review and holds(review):
            for place_of in row.places_of:
                if any(_waits_for(review, name, place_of) for name in names):
                    return Waiting(review, place_of)
        return None

    return await read_page(
        merge(sources),
        lambda row: row.key,
        look,
        limit=limit,
        wanted=lambda row: bool(row.places_of),
        most_looks=_MOST_LOOKS,
    )


def _waits_for(review: StoredReview, person: str, place_of: str | None) -> bool:
    head, decisions = review.head, review.decisions
    names = awaited(head, decisions)
    if place_of is None:
        return any(same_person(name, person) for name in names) or awaits(head, decisions, person)
    return any(same_person(name, place_of) for name in names) and may_take_part(head, decisions, person)


async def _replaced(app: Reads, delegations: Sequence[Delegation], at: datetime) -> list[str]:
    """List the people for whom a person stands in at this moment."""
    standing: dict[str, str] = {}
    for delegation in (each for each in delegations if each.starts <= at <= each.ends):
        revocations = [await app.revocations.find(each) for each in (delegation.to, delegation.by)]
        if not any(revocation and voids(revocation, delegation, at) for revocation in revocations):
            standing.setdefault(person_key(delegation.by), delegation.by)
    return list(standing.values())


def _open_to_anyone(app: Reads, limit: int, cursor: str | None) -> Source:
    passed_over = set[str]()

    def keys(page: Sequence[WaitingReview]) -> list[str]:
        passed_over.update(row.key for row in page if not row.to_anyone)
        return [row.key for row in page]

    async def pages() -> AsyncIterator[Sequence[str]]:
        """Yield a page of the usual size, which suffices where most reviews are open to anyone, then large ones."""
        first = await anext(app.ledger.unfinished.pages(limit, cursor), None)
        if not first:
            return
        yield keys(first)
        async for page in app.ledger.unfinished.pages(SEARCHED, first[-1].key):
            yield keys(page)

    return Source(None, pages(), passed_over=passed_over)
