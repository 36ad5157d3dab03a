"""Finding the reviews that `compliance list` prints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Self

from adapters.ledger.delegations import Delegations
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.revocations import Revocations
from adapters.ledger.store import Ledger, StoredReview
from cli.local_time import LocalTime
from cli.reviews.list_lines import is_overdue
from cli.reviews.view import ReviewView
from cli.session import Session
from compliance.outcome import Outcome, ReviewState
from reviews.finding import EVERYTHING, About, Order, Page, finished, unfinished, waiting_for
from reviews.finding.pages import Clock


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables in which a command finds reviews."""

    ledger: Ledger
    inboxes: Inboxes
    delegations: Delegations
    revocations: Revocations

    @classmethod
    def of(cls, session: Session) -> Self:
        """Return those of a command's session."""
        table = session.clients.ledger_table
        inboxes = Inboxes(session.clients.waiting_table)
        return cls(session.ledger, inboxes, session.delegations, Revocations(table))


_MOST_OF_A_PAGE: Final = 100
_LONGEST: Final = 10.0  # seconds of a search for less than all


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is about. A filter that is None lets every review pass."""

    unfinished: bool = True
    finished: bool = False
    state: ReviewState | None = None
    waiting_for: str | None = None
    about: About = EVERYTHING
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    overdue: bool = False
    sort: Order | None = None  # None: the order of the index


@dataclass(frozen=True, slots=True)
class Found:
    """The reviews of a list, whether there are more, and where the search for more of them stopped, if it did."""

    views: list[ReviewView]
    more: bool = False
    stopped: str | None = None


async def find_reviews(
    session: Session, filters: Filters, time: LocalTime, limit: int | None, clock: Clock = monotonic
) -> Found:
    """Find reviews, the unfinished ones first. Stops at `limit`, or after a while; if that is None, finds all."""
    search = _Search(Tables.of(session), filters, time, limit, clock() + _LONGEST, clock)
    found = await search.unfinished() if filters.unfinished else Found([])
    if filters.finished and (filters.sort or limit is None or len(found.views) < limit):
        ended = await search.finished(None if limit is None or filters.sort else limit - len(found.views))
        stopped = found.stopped or ended.stopped
        found = Found([*found.views, *ended.views], found.more or ended.more, stopped)
    if filters.sort:
        views = sorted(found.views, key=_ORDERS[filters.sort])
        found = Found(views[:limit], found.more or len(views) > len(views[:limit]), found.stopped)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    tables: Tables
    filters: Filters
    time: LocalTime
    limit: int | None
    ends: float
    clock: Clock

    @property
    def order(self) -> Order | None:
        """The order in which the index is read. If all reviews are wanted, they are sorted afterwards."""
        return None if self.limit is None else self.filters.sort

    async def unfinished(self) -> Found:
        filters, ledger = self.filters, self.tables.ledger
        if filters.waiting_for:
            return await self._waiting(filters.waiting_for)

        async def read(cursor: str | None, limit: int) -> Page[StoredReview]:
            about, order, clock = filters.about, self.order, self.clock
            return await unfinished(
                self.tables, about=about, holds=self._holds, order=order, limit=limit, cursor=cursor, clock=clock
            )

        found = await self._collect(read, self.limit, "due after")
        if found.more or filters.state:
            return found
        being_retracted = [await ledger.review(review_id) for review_id in await ledger.retractions.ids()]
        views = [ReviewView.of(each) for each in being_retracted if each and self._passes(each)]
        views = [*found.views, *views]
        rest = self.limit is not None and len(views) > self.limit
        return Found(views if filters.sort else views[: self.limit], rest, found.stopped)

    async def _waiting(self, person: str) -> Found:
        async def read(cursor: str | None, limit: int) -> Page[StoredReview]:
            page = await waiting_for(self.tables, person, at=self.time.now, to_anyone=True, limit=limit, cursor=cursor)
            reviews = [each.review for each in page.items if self._passes(each.review)]
            return Page(reviews, page.cursor)

        return await self._collect(read, self.limit, "due after")

    async def finished(self, limit: int | None) -> Found:
        filters = self.filters

        async def read(cursor: str | None, limit: int) -> Page[StoredReview]:
            page = await finished(
                self.tables,
                since=filters.since,
                until=filters.until,
                about=filters.about,
                outcome=filters.outcome,
                order=self.order,
                limit=limit,
                cursor=cursor,
                clock=self.clock,
            )
            return Page([each.review for each in page.items], page.cursor, page.reached, more=page.more)

        return await self._collect(read, limit or self.limit, "that ended before")

    async def _collect(
        self, read: Callable[[str | None, int], Awaitable[Page[StoredReview]]], most: int | None, which: str
    ) -> Found:
        """Read pages until there are `most`, no more pages, or no more time. If all are wanted, time is not limited."""
        found: list[ReviewView] = []
        size = min(most or _MOST_OF_A_PAGE, _MOST_OF_A_PAGE) if self.order is None else most or 0
        cursor, more = None, False
        while True:
            page = await read(cursor, size)
            found += map(ReviewView.of, page.items)
            cursor, more = page.cursor, more or page.more
            is_full = most is not None and len(found) >= most and self.filters.sort is None
            if cursor is None or is_full:
                rest = len(found) > len(found[:most])
                return Found(found if self.filters.sort else found[:most], more or cursor is not None or rest)
            if self.limit is not None and self.clock() > self.ends:
                at = self.time.moment(page.reached) if page.reached else None
                stopped = f"no review {which} {at} was looked at" if at else "not all reviews were looked at"
                return Found(found, more=True, stopped=stopped)

    def _passes(self, review: StoredReview) -> bool:
        head = review.head
        about = self.filters.about.passes(head.policy.document_class, head.submitter, head.document.name)
        return about and self._holds(review)

    def _holds(self, review: StoredReview) -> bool:
        """Return whether a review passes the filters for which the rows hold no values."""
        filters, head, asked = self.filters, review.head, review.head.requested_at
        return (
            filters.state in (None, head.state)
            and (filters.since is None or (asked is not None and asked >= filters.since))
            and (filters.until is None or (asked is not None and asked < filters.until))
            and (not filters.overdue or is_overdue(ReviewView.of(review), self.time))
        )


_LAST: Final = datetime.max.replace(tzinfo=UTC)
_ORDERS: Final[dict[Order, Callable[[ReviewView], tuple[datetime, str, str]]]] = {
    Order.AGE: lambda view: (view.head.requested_at or _LAST, "", view.head.review_id),
    Order.NAME: lambda view: (_LAST, view.head.document.name.casefold(), view.head.review_id),
}
