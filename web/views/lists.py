"""Lists of reviews: a person's own, and for auditors all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from adapters.at_once import gather_few
from adapters.ledger.lists.index_keys import newest_first
from adapters.ledger.store import StoredReview
from compliance.outcome import Outcome
from reviews.finding import EVERYTHING, LIMIT, About, Finished, Own, Page, decided_by, submitted_by
from reviews.finding import finished as all_finished
from reviews.finding import unfinished as all_unfinished
from web.door import Door
from web.principal import Role
from web.problems import not_allowed
from web.views.permissions import is_concerned, is_submitter
from web.views.waiting import checked_cursor
from web.visitors import Visitor


async def submitted(door: Door, visitor: Visitor, *, cursor: str | None = None) -> Page[Own]:
    """List what a person has submitted, newest first; if its submitter is proven, only to that person."""
    after = checked_cursor(cursor)
    page = await _of_all_names(visitor, lambda name: submitted_by(door, name, cursor=after))
    return Page([each for each in page.items if is_submitter(visitor, each.review.head)], page.cursor)


async def decided(door: Door, visitor: Visitor, *, cursor: str | None = None) -> Page[Own]:
    """List the reviews on which a person has decided, or which they have withdrawn, newest first."""
    after = checked_cursor(cursor)
    page = await _of_all_names(visitor, lambda name: decided_by(door, name, cursor=after))
    return Page([each for each in page.items if is_concerned(visitor, each.review)], page.cursor)


async def unfinished(
    door: Door, visitor: Visitor, *, cursor: str | None = None, about: About = EVERYTHING
) -> Page[StoredReview]:
    """List the unfinished reviews that a search is about, the soonest due first. Raises ProblemError: auditors only."""
    _check_auditor(visitor)
    return await all_unfinished(door, about=about, cursor=checked_cursor(cursor))


async def finished(
    door: Door,
    visitor: Visitor,
    *,
    cursor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    about: About = EVERYTHING,
    outcome: Outcome | None = None,
) -> Page[Finished]:
    """List all finished reviews that pass the filters, newest first, for auditors. Raises ProblemError for others."""
    _check_auditor(visitor)
    return await all_finished(
        door,
        since=since,
        until=until,
        about=about,
        outcome=outcome,
        cursor=checked_cursor(cursor),
    )


def _check_auditor(visitor: Visitor) -> None:
    if not visitor.has(Role.AUDITOR):
        raise not_allowed("this list is for auditors (role Auditor)")


async def _of_all_names(visitor: Visitor, read: Callable[[str], Awaitable[Page[Own]]]) -> Page[Own]:
    """Read the lists of all names of a person as one."""

    async def read_one(name: str) -> Page[Own]:
        return await read(name)

    pages = await gather_few([(lambda name=name: read_one(name)) for name in visitor.names])
    read_to = min((page.cursor for page in pages if page.cursor), default=None)
    keyed = {newest_first(each.at, each.review.head.review_id): each for page in pages for each in page.items}
    keys = sorted(key for key in keyed if read_to is None or key <= read_to)
    if len(keys) > LIMIT:
        keys = keys[:LIMIT]
        read_to = keys[-1]
    return Page([keyed[key] for key in keys], read_to)
