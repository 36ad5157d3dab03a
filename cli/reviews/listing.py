"""Finding the reviews that `compliance list` prints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self, TypeVar

from adapters.ledger.delegations import Delegations
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.revocations import Revocations
from adapters.ledger.store import Ledger, StoredReview
from cli.local_time import LocalTime
from cli.reviews.list_lines import is_overdue
from cli.reviews.view import ReviewView
from cli.session import Session
from compliance.outcome import Outcome, ReviewState
from compliance.people.identity import same_person
from reviews.finding import Page, finished, unfinished, waiting_for

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is about. A filter that is None lets every review pass."""

    unfinished: bool = True
    finished: bool = False
    state: ReviewState | None = None
    waiting_for: str | None = None
    submitter: str | None = None
    document_class: str | None = None
    outcome: Outcome | None = None
    name_part: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    overdue: bool = False
    sort: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The reviews of a list, and whether there are more."""

    views: list[ReviewView]
    more: bool


async def find_reviews(session: Session, filters: Filters, time: LocalTime, limit: int | None) -> Found:
    """Find reviews, at most `limit` of them: first the unfinished ones."""
    # Only a whole list can be put into another order than the one in which it is kept.
    most = None if filters.sort else limit
    views: list[ReviewView] = []
    more = False
    if filters.unfinished:
        views, more = await _unfinished(session, filters, time, most)
    if filters.finished and (most is None or len(views) < most):
        rest = None if most is None else most - len(views)
        ended, more = await _finished(session, filters, rest)
        views += ended
    if filters.sort:
        views.sort(key=_ORDERS[filters.sort])
        views, more = views[:limit], more or (limit is not None and len(views) > limit)
    return Found(views, more)


async def _unfinished(
    session: Session, filters: Filters, time: LocalTime, most: int | None
) -> tuple[list[ReviewView], bool]:
    tables, size = Tables.of(session), _size(most)

    def wanted(review: StoredReview) -> bool:
        return _is_wanted(ReviewView.of(review), filters, time)

    if person := filters.waiting_for:
        found, more = await _collect(
            lambda cursor: waiting_for(tables, person, at=time.now, to_anyone=True, limit=size, cursor=cursor),
            lambda each: wanted(each.review),
            most,
        )
        return [ReviewView.of(each.review) for each in found], more
    reviews, more = await _collect(lambda cursor: unfinished(tables, limit=size, cursor=cursor), wanted, most)
    if not more and filters.state is None:
        being_retracted = [
            await session.ledger.review(review_id) for review_id in await session.ledger.retractions.ids()
        ]
        reviews += [review for review in being_retracted if review and wanted(review)]
    return list(map(ReviewView.of, reviews)), more


async def _finished(session: Session, filters: Filters, most: int | None) -> tuple[list[ReviewView], bool]:
    tables = Tables.of(session)
    found, more = await _collect(
        lambda cursor: finished(
            tables,
            since=filters.since,
            until=filters.until,
            document_class=filters.document_class,
            submitter=filters.submitter,
            outcome=filters.outcome,
            name_part=filters.name_part,
            limit=_size(most),
            cursor=cursor,
        ),
        lambda _: True,
        most,
    )
    return [ReviewView.of(each.review) for each in found], more


async def _collect(
    read: Callable[[str | None], Awaitable[Page[T]]], wanted: Callable[[T], bool], most: int | None
) -> tuple[list[T], bool]:
    """Read pages until there are `most` that are wanted, or no more pages. Returns whether there may be more."""
    found: list[T] = []
    cursor = None
    while True:
        page = await read(cursor)
        found += filter(wanted, page.items)
        cursor = page.cursor
        if cursor is None or (most is not None and len(found) >= most):
            return found[:most], cursor is not None or len(found) != len(found[:most])


def _size(most: int | None) -> int:
    return min(most or _MOST_OF_A_PAGE, _MOST_OF_A_PAGE)


def _is_wanted(view: ReviewView, filters: Filters, time: LocalTime) -> bool:
    head, asked = view.head, view.head.requested_at
    return (
        filters.state in (None, head.state)
        and filters.document_class in (None, head.policy.document_class)
        and (filters.submitter is None or same_person(head.submitter or "", filters.submitter))
        and (filters.name_part or "").casefold() in head.document.name.casefold()
        and (filters.since is None or (asked is not None and asked >= filters.since))
        and (filters.until is None or (asked is not None and asked < filters.until))
        and (not filters.overdue or is_overdue(view, time))
    )


_LAST: Final = datetime.max.replace(tzinfo=UTC)
_ORDERS: Final[dict[str, Callable[[ReviewView], tuple[datetime, str]]]] = {
    "due": lambda view: ((view.head.deadline if view.asks else view.head.closed_at) or _LAST, view.head.review_id),
    "age": lambda view: (view.head.requested_at or _LAST, view.head.review_id),
    "name": lambda view: (_LAST, view.head.document.name.casefold()),
}
