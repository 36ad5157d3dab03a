"""How `compliance list` searches: by rows, in any order, and no longer than people wait."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any

from adapters.ledger.delegations import Delegations
from adapters.ledger.store import Ledger
from cli.reviews.listing import Filters, Found, find_reviews
from compliance.outcome import ReviewState
from reviews.finding import About, Order
from tests.model.listed_reviews import ZOE, ListedReviews
from tests.unit.cli.screens import TIME


async def twelve(*, asked: bool = True) -> ListedReviews:
    reviews = ListedReviews()
    for number in range(12):
        await reviews.open(number)
        if asked:
            await reviews.request(number)
    reviews.table.reads = 0
    return reviews


async def find(reviews: ListedReviews, filters: Filters, limit: int | None, seconds: int = 0) -> Found:
    """Search with a clock that advances by so many seconds each time that it is read."""
    table: Any = reviews.table
    clients = SimpleNamespace(ledger_table=table, waiting_table=reviews.waiting)
    session: Any = SimpleNamespace(clients=clients, ledger=Ledger(table), delegations=Delegations(table))
    clock = count(0, seconds)
    return await find_reviews(session, filters, TIME, limit, lambda: float(next(clock)))


def names(found: Found) -> list[str]:
    return [view.head.document.name for view in found.views]


async def test_only_reviews_whose_rows_pass_are_read() -> None:
    reviews = await twelve()
    found = await find(reviews, Filters(about=About(submitter=ZOE.upper(), name_part="1.TXT")), 30)
    assert (sorted(names(found)), found.more, found.stopped) == (["1.txt", "11.txt"], False, None)
    assert reviews.table.reads < len(reviews.heads())


async def test_another_order_reads_all_rows_but_only_the_reviews_that_are_listed() -> None:
    reviews = await twelve()
    found = await find(reviews, Filters(sort=Order.NAME), 3)
    assert (names(found), found.more) == (["0.txt", "1.txt", "10.txt"], True)
    read = reviews.table.reads
    whole = await find(reviews, Filters(sort=Order.NAME), None)
    assert (names(whole)[:3], len(whole.views), whole.more) == (names(found), 12, False)
    assert reviews.table.reads - read > 3 * read


async def test_a_search_that_takes_too_long_says_how_far_it_got() -> None:
    decided = Filters(state=ReviewState.DECIDED)
    found = await find(await twelve(), decided, 2, seconds=6)
    assert (found.views, found.more) == ([], True)
    assert found.stopped == "no review due after 5 Mar 12:30 was looked at"
    assert (await find(await twelve(asked=False), decided, 2, seconds=6)).stopped == "not all reviews were looked at"
    assert (await find(await twelve(), decided, None, seconds=6)).stopped is None
