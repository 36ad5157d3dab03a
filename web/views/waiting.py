"""What waits for a person: the soonest due first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from adapters.ledger.lists.index_keys import due_key, review_in
from reviews.finding import LIMIT, Page, Waiting, waiting_for
from web.door import Door
from web.principal import Role
from web.problems import bad_request
from web.views.permissions import decision_refusal, standing_delegations
from web.visitors import Visitor

_CURSOR: Final = re.compile(r"[0-9A-Za-z-]{1,160}")


async def waiting(door: Door, visitor: Visitor, *, limit: int = LIMIT, cursor: str | None = None) -> Page[Waiting]:
    """List what waits for a person's decision, or for that of somebody for whom they stand in.

    A page may hold fewer than were asked for even if its cursor says that the list goes on.
    """
    after = checked_cursor(cursor)
    delegations = await standing_delegations(door, visitor)
    return await waiting_for(
        door,
        visitor.name,
        other_names=visitor.other_names,
        at=door.now(),
        to_anyone=visitor.has(Role.REVIEWER),
        delegations=delegations,
        holds=lambda review: not decision_refusal(visitor, review, delegations, door.now()),
        limit=limit,
        cursor=after,
    )


async def opened_among(door: Door, visitor: Visitor, found: Sequence[Waiting]) -> frozenset[str]:
    """Return the ids of the reviews on a page of the list whose documents the person has opened."""
    keys = [due_key(each.review.head) for each in found]
    return frozenset(map(review_in, await door.read_log.opened(visitor.account, keys)))


def checked_cursor(cursor: str | None) -> str | None:
    """Return a cursor if it looks like one that a list has returned. Raises ProblemError for other texts."""
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise bad_request("this cursor was not given out by a list; begin at its first page")
    return cursor
