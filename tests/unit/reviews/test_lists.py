"""What people see of the lists is what the ledger says, whatever steps the app has made and broken off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.unfinished import ReviewNotFoundError
from compliance.people.identity import same_person
from reviews import finding
from reviews.finding import About, Order, Page
from reviews.sweep.slices import Slice
from tests.builders import REQUESTED_AT
from tests.model.listed_reviews import PEOPLE, ListedReviews, Truth
from tests.model.table_in_memory import KilledError

Step = Callable[[ListedReviews], Awaitable[None]]
ALL = Slice([], "", "")

numbers = st.integers(0, 5)
people = st.sampled_from(PEOPLE)
steps = st.one_of(
    st.builds(lambda number: ("open", (number,), {}), numbers),
    st.builds(lambda number: ("request", (number,), {}), numbers),
    st.builds(lambda *told: ("decide", told, {}), numbers, people, st.sampled_from(["approve", "approve", "reject"])),
    st.builds(lambda *told: ("withdraw", told, {}), numbers, people),
    st.builds(lambda number: ("escalate", (number,), {}), numbers),
    st.builds(lambda *told: ("reassign", told, {}), numbers, people, people),
    st.builds(lambda number, by_time: ("end", (number,), {"by_time": by_time}), numbers, st.booleans()),
    st.builds(lambda number: ("finish", (number,), {}), numbers),
    st.builds(lambda ends: ("sweep", (Slice([], *ends),), {}), st.sampled_from([("", ""), ("", "8"), ("8", "")])),
)
# Each step may be killed at one of its writes; it is made again at once, later or, at the latest, at the end.
killed = st.sampled_from([None, None, None, 1, 2, 3, 4])
orders = st.lists(st.tuples(steps, killed, st.booleans()), max_size=20)
opened = st.lists(numbers, min_size=2, max_size=6, unique=True)


async def _follow(reviews: ListedReviews, name: str, told: tuple, options: dict) -> None:
    """Make a step; one for which the review is not ready does nothing."""
    with suppress(ReviewNotFoundError, ValueError, LedgerConflictError):
        await getattr(reviews, name)(*told, **options)


async def _try(reviews: ListedReviews, step: tuple, kill_at: int | None) -> bool:
    """Make a step that may be killed. Returns whether it ended."""
    if kill_at:
        reviews.kill_at(kill_at)
    try:
        await _follow(reviews, *step)
    except BaseException as error:
        assert isinstance(error, KilledError) or (
            isinstance(error, BaseExceptionGroup) and error.split(KilledError)[1] is None
        ), error
        reviews.restart()
        return False
    finally:
        reviews.table.kill_after = reviews.waiting.kill_after = None
    return True


async def _all_of(read: Callable[..., Awaitable[Page]]) -> list:
    """Read a list to its end, two at a time."""
    found, cursor = [], None
    while True:
        page = await read(limit=2, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found


async def _screens(reviews: ListedReviews) -> dict[str, list]:
    app = reviews.app
    screens: dict[str, list] = {
        "unfinished": [each.head.review_id for each in await _all_of(partial(finding.unfinished, app))],
        "finished": [each.row for each in await _all_of(partial(finding.finished, app))],
    }
    for order in Order:
        page = await finding.unfinished(app, order=order, limit=100)
        screens[f"unfinished by {order}"] = [each.head.review_id for each in page.items]
    for person in PEOPLE:
        searched = partial(finding.unfinished, app, about=About(submitter=person.upper()))
        screens[f"unfinished of {person}"] = [each.head.review_id for each in await _all_of(searched)]
        screens[f"submitted by {person}"] = [
            each.review.head.review_id for each in await _all_of(partial(finding.submitted_by, app, person))
        ]
        screens[f"decided by {person}"] = [
            each.review.head.review_id for each in await _all_of(partial(finding.decided_by, app, person))
        ]
        for to_anyone in (False, True):
            read = partial(finding.waiting_for, app, person, at=REQUESTED_AT, to_anyone=to_anyone)
            screens[f"waits for {person}, {to_anyone}"] = [each.review.head.review_id for each in await _all_of(read)]
    return screens


def _wanted(truth: Truth) -> dict[str, list]:
    wanted: dict[str, list] = {
        "unfinished": [each.head.review_id for each in truth.unfinished()],
        "finished": truth.finished(),
    }
    late = datetime.max.replace(tzinfo=UTC)
    by_age = sorted((each.head.requested_at or late, each.head.review_id) for each in truth.unfinished())
    by_name = sorted((each.head.document.name.casefold(), each.head.review_id) for each in truth.unfinished())
    wanted["unfinished by age"] = [review_id for _, review_id in by_age]
    wanted["unfinished by name"] = [review_id for _, review_id in by_name]
    for person in PEOPLE:
        wanted[f"unfinished of {person}"] = [
            each.head.review_id for each in truth.unfinished() if same_person(each.head.submitter or "", person)
        ]
        wanted[f"submitted by {person}"] = truth.submitted_by(person)
        wanted[f"decided by {person}"] = truth.decided_by(person)
        for to_anyone in (False, True):
            wanted[f"waits for {person}, {to_anyone}"] = truth.waiting_for(person, to_anyone=to_anyone)
    return wanted


async def _check_all(reviews: ListedReviews) -> None:
    truth = await reviews.truth()
    assert reviews.found_rows() == truth.rows()
    assert await _screens(reviews) == _wanted(truth)
    assert await finding.day_sums(reviews.app, date(2026, 1, 1), date(2027, 1, 1)) == truth.day_sums()


async def _check(numbers: list[int], order: list[tuple[tuple, int | None, bool]]) -> None:
    reviews = ListedReviews()
    left: list[tuple] = []
    for number in numbers:
        await _follow(reviews, "open", (number,), {})
    for step, kill_at, again_at_once in order:
        ended = await _try(reviews, step, kill_at)
        if not ended and again_at_once:
            await _follow(reviews, *step)
        elif not ended:
            left.append(step)
        screens, wanted = await _screens(reviews), _wanted(await reviews.truth())
        for name in screens:
            if not name.startswith(("submitted", "decided")):
                assert [each for each in screens[name] if each not in wanted[name]] == [], f"{name} after {step}"
    for step in left:
        await _follow(reviews, *step)
    await reviews.sweep(ALL)
    await _check_all(reviews)
    await reviews.reindex()
    await _check_all(reviews)


@settings(max_examples=15, deadline=None)
@given(opened, orders)
def test_the_lists_show_what_the_ledger_says(numbers: list[int], order: list[tuple[tuple, int | None, bool]]) -> None:
    asyncio.run(_check(numbers, order))
