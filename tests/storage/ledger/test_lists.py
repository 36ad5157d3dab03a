"""The rows that list reviews, on a real table: written twice, broken off anywhere, removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from adapters.ledger.lists.day_sums import sums_of
from adapters.ledger.lists.inboxes import InboxRow
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.policy import Part, Stage
from compliance.review import Head
from reviews import finding
from tests.builders import DEADLINE, REQUESTED_AT, policy
from tests.storage.account import Account
from tests.storage.ledger.reviews import fresh_review, opened
from tests.storage.wire import KilledError, after, crash, pass_on

NAMED = policy(stages=(Stage("review", (Part(("rita", "zoe"), 2),)),))


def app_of(account: Account) -> Any:
    async def none(_: str) -> list[Any]:
        return []

    delegations = SimpleNamespace(list_to=none)
    return SimpleNamespace(ledger=account.ledger, inboxes=account.inboxes, delegations=delegations)


def closed(head: Head) -> Head:
    ended = {"state": ReviewState.CLOSED, "verdict": Verdict.APPROVE, "outcome": Outcome.APPROVED}
    return replace(head, **ended, closed_at=DEADLINE + timedelta(hours=int(head.review_id[:4], 16)))


async def listed_as(account: Account, head: Head) -> list[str]:
    """Return the keys by which a review is listed among the unfinished."""
    end = head.review_id + "0"
    found = [row.key async for row in account.ledger.unfinished.rows_of_reviews(head.review_id, end)]
    around = [row.key async for row in account.ledger.unfinished.rows_of_reviews(end, head.review_id)]
    assert not {*found} & {*around}
    return found


async def test_an_unfinished_review_is_listed_once_whenever_its_opener_or_its_request_breaks_off(
    account: Account,
) -> None:
    head = fresh_review()
    asked = replace(head, deadline=DEADLINE)
    for number in (1, 2, 3):
        account.wire.step_in(after(number, crash))
        try:
            await account.ledger.unfinished.put(head)
            await account.ledger.unfinished.set_due(asked)
        except KilledError:
            pass
    account.wire.step_in(pass_on)
    await account.ledger.unfinished.set_due(asked)

    assert await listed_as(account, head) == [f"20260305093000000000-{head.review_id}"]
    assert await account.ledger.unfinished.has_due(asked)
    await account.ledger.unfinished.delete(asked)


async def test_a_review_is_finished_in_one_request_or_step_by_step_after_a_crash(account: Account) -> None:
    for is_listed in (True, False):
        head = closed(fresh_review(deadline=DEADLINE, requested_at=REQUESTED_AT))
        await account.ledger.unfinished.put(head)
        if not is_listed:  # then the transaction is refused
            await account.ledger.unfinished.unlist(f"20260305093000000000-{head.review_id}")
        for number in range(1, 2 if is_listed else 7):
            account.wire.step_in(after(number, crash))
            try:
                await account.ledger.unfinished.finish(head, ())
            except KilledError:
                continue
        account.wire.step_in(pass_on)
        await account.ledger.unfinished.finish(head, ())

        assert await listed_as(account, head) == []
        assert not await account.ledger.unfinished.has(head.review_id)
        since = head.closed_at
        assert since
        [[(_, row)]] = [
            page
            async for page in account.ledger.finished.pages(9, since=since, until=since + timedelta(microseconds=1))
        ]
        assert (row.review_id, row.outcome, row.closed_at) == (head.review_id, Outcome.APPROVED, since)


async def test_a_day_is_added_up_unless_another_review_has_ended_on_it_meanwhile(account: Account) -> None:
    head = closed(fresh_review(deadline=DEADLINE, requested_at=REQUESTED_AT))
    assert head.closed_at
    day, sums = head.closed_at.date(), account.ledger.day_sums
    await account.ledger.unfinished.list_finished(head, ())
    before = dict(await sums.stale())[day]
    await account.ledger.unfinished.list_finished(head, ())
    await sums.replace(day, sums_of(day, []), before)
    assert day in dict(await sums.stale())
    pages = account.ledger.finished.pages(1000)
    ended = [row async for page in pages for _, row in page if row.review_id == head.review_id]
    for _ in range(2):
        await sums.replace(day, sums_of(day, ended), dict(await sums.stale()).get(day, before))

    assert day not in dict(await sums.stale())
    [found] = await sums.between(day, day)
    assert found.outcomes == {Outcome.APPROVED: 1}


async def test_an_inbox_is_read_page_by_page_and_a_row_written_meanwhile_is_not_removed(account: Account) -> None:
    heads = [await opened(account, policy=NAMED) for _ in range(3)]
    for head in heads * 2:
        await account.inboxes.correct(head, (), ("Rita", "Zoe"))
    account.wire.rows_one_by_one = True
    found, cursor = list[str](), None
    while True:
        page = await finding.waiting_for(app_of(account), "RITA", at=REQUESTED_AT, limit=2, cursor=cursor)
        found += [each.review.head.review_id for each in page.items]
        if (cursor := page.cursor) is None:
            break
    assert found == sorted(head.review_id for head in heads)

    account.wire.rows_one_by_one = False
    end = heads[0].review_id + "0"
    [stale, *_] = [row async for row in account.inboxes.rows_of_reviews(heads[0].review_id, end)]
    await account.inboxes.put(stale)
    await account.inboxes.delete(stale)
    for start in (heads[0].review_id, "g"):  # the second part begins after the last id, and goes on at the first
        assert stale in [row async for row in account.inboxes.rows_of_reviews(start, end)]
    for head in heads:
        await account.inboxes.correct(replace(head, state=ReviewState.DECIDED), (), ("rita", "zoe"))
    left = [row async for row in account.inboxes.rows_of_reviews("", "")]
    assert not {row.review_id for row in left} & {head.review_id for head in heads}
    assert isinstance(stale, InboxRow)


async def test_what_was_noted_again_while_it_was_looked_at_stays_noted(account: Account) -> None:
    todo = account.ledger.todo
    await todo.put("3f")
    [etag] = [etag for review, etag in (await todo.first(1000)).items() if review == "3f"]
    await todo.put("3f")
    await todo.delete("3f", etag)
    assert "3f" in await todo.first(1000)
    for _ in range(2):
        await todo.delete("3f", (await todo.first(1000)).get("3f", etag))
    assert "3f" not in await todo.first(1000)
