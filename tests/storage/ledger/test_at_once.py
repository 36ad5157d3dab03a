"""Several recorders at once on a real table, and decisions in every order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from compliance.outcome import Answer, ReviewState, Verdict, Vote
from compliance.review import Decision, Head
from compliance.rulings import Transition
from compliance.transitions import expire, supersede, vanish, withdraw
from tests.builders import DEADLINE, SUBMITTER, decision, policy
from tests.storage.account import Account
from tests.storage.ledger.reviews import decide, opened


def _withdraw(head: Head) -> Transition:
    ruling = withdraw(head, SUBMITTER, DEADLINE, "too early")
    return ruling.transition if ruling else Transition(head)


ENDINGS: list[Callable[[Head], Transition]] = [
    supersede,
    vanish,
    lambda head: expire(head, DEADLINE),
    _withdraw,
]


def said_by(name: str, vote: Vote = Vote.APPROVE) -> Decision:
    """Return one person's decision, with ids of its own."""
    return decision(
        decision_id=f"d-{name}", message_id=f"m-{name}", digest=name, reviewer=f"{name}@example.org", vote=vote
    )


async def answers(account: Account, head: Head, *said: Decision) -> list[Answer | None]:
    """Return the answers to decisions that all arrive at once."""
    done = await asyncio.gather(*(decide(account, head.review_id, each) for each in said))
    return [ruling.answer if ruling else None for ruling in done]


async def counted(account: Account, head: Head) -> tuple[Head, list[Decision]]:
    """Return the head and the decisions that count, and check the numbers of all rows."""
    review = await account.books.review(head.review_id)
    assert review
    assert [row.seq for row in review.decisions] == list(range(1, review.head.last_seq + 1))
    assert [entry.seq for entry, _ in await account.books.audit(head.review_id)] == list(
        range(1, review.head.last_audit + 1)
    )
    return review.head, [row.decision for row in review.decisions]


async def test_twenty_recorders_at_once_are_all_counted(account: Account) -> None:
    head = await opened(account, policy=policy(approvals_needed=20))
    said = [said_by(f"reviewer-{number}") for number in range(20)]

    assert await answers(account, head, *said) == [Answer.RECORDED] * 20

    after, decisions = await counted(account, head)
    assert (after.state, after.verdict) == (ReviewState.DECIDED, Verdict.APPROVE)
    assert {each.decision_id for each in decisions} == {each.decision_id for each in said}


async def test_of_three_reviewers_at_once_one_decides_and_two_are_late(account: Account) -> None:
    head = await opened(account)

    told = await answers(account, head, said_by("rita"), said_by("raj"), said_by("rosa"))

    assert Counter(told) == {Answer.RECORDED: 1, Answer.LATE: 2}
    assert len((await counted(account, head))[1]) == 1


@pytest.mark.parametrize("order", [(Vote.APPROVE, Vote.REJECT), (Vote.REJECT, Vote.APPROVE)])
async def test_of_reject_and_approve_the_first_decides(account: Account, order: tuple[Vote, Vote]) -> None:
    head = await opened(account)

    for name, verdict, told in zip(("rita", "raj"), order, (Answer.RECORDED, Answer.LATE), strict=True):
        assert await answers(account, head, said_by(name, verdict)) == [told]

    after, decisions = await counted(account, head)
    assert after.verdict == order[0]
    assert len(decisions) == 1


async def test_of_reject_and_approve_at_once_the_recorded_one_decides(account: Account) -> None:
    for _ in range(5):
        head = await opened(account)
        both = [said_by("rita", Vote.APPROVE), said_by("raj", Vote.REJECT)]

        told = await answers(account, head, *both)

        after, decisions = await counted(account, head)
        assert sorted(told, key=str) == [Answer.LATE, Answer.RECORDED]
        assert decisions == [both[told.index(Answer.RECORDED)]]
        assert after.verdict == decisions[0].vote


async def test_one_message_delivered_ten_times_at_once_counts_once(account: Account) -> None:
    head = await opened(account, policy=policy(approvals_needed=2))

    assert await answers(account, head, *[said_by("rita")] * 10) == [Answer.RECORDED] * 10

    after, decisions = await counted(account, head)
    assert (after.state, decisions) == (ReviewState.OPEN, [said_by("rita")])


async def test_one_decision_sent_in_ten_messages_at_once_counts_once(account: Account) -> None:
    head = await opened(account)
    sent = [replace(said_by("rita"), message_id=f"message-{number}") for number in range(10)]

    assert Counter(await answers(account, head, *sent)) == {Answer.RECORDED: 1, Answer.DUPLICATE: 9}

    after, decisions = await counted(account, head)
    assert (after.state, len(decisions)) == (ReviewState.DECIDED, 1)


async def test_two_decisions_under_one_id_at_once_count_once(account: Account) -> None:
    head = await opened(account, policy=policy(approvals_needed=2))
    one, other = said_by("rita"), replace(said_by("raj"), decision_id=said_by("rita").decision_id)

    told = await answers(account, head, one, other)

    assert Counter(told) == {Answer.RECORDED: 1, Answer.ID_REUSED: 1}
    assert (await counted(account, head))[1] == [(one, other)[told.index(Answer.RECORDED)]]


async def test_ten_openers_at_once_write_one_head(account: Account) -> None:
    head = await opened(account)
    await asyncio.gather(*(account.ledger.insert(replace(head, submitter=f"opener-{n}")) for n in range(10)))

    assert (await counted(account, head))[0] == head


async def test_what_ends_a_review_at_once_ends_it_once(account: Account) -> None:
    head = await opened(account)

    async def make(ending: Callable[[Head], Transition]) -> None:
        await account.ledger.change(head.review_id, ending)

    await asyncio.gather(answers(account, head, said_by("rita")), *map(make, ENDINGS))

    after, decisions = await counted(account, head)
    assert after.state is ReviewState.DECIDED
    assert after.last_audit == head.last_audit + 1
    assert bool(decisions) == (after.verdict is Verdict.APPROVE)
