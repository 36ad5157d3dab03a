"""One delegation for each pair, found by the delegate, under whichever spelling."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.ledger import conflicts
from adapters.ledger.answers import GivenAnswer, answer_row
from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.delegations import Delegations, partition_of
from compliance.outcome import Answer
from compliance.people.attestation import SignIn
from compliance.people.delegation import KEPT, MOST_TO_ONE_PERSON, Delegation
from compliance.people.levels import Level
from contracts.names import LEDGER_TABLE
from tests.builders import DEADLINE, REQUESTED_AT
from tests.storage.account import Account, fresh_name

MINUTE = timedelta(minutes=1)


def delegations_of(account: Account) -> Delegations:
    return Delegations(account.ledger_table())


def away(by: str, to: str) -> Delegation:
    return Delegation(
        by, to, REQUESTED_AT, DEADLINE, REQUESTED_AT, "a.b.c", Level.OWN_KEY, ("keys.json", "setting:KEYS")
    )


async def test_a_delegation_is_kept_as_it_is_and_found_by_its_delegate(account: Account) -> None:
    kept, to = delegations_of(account), fresh_name("zoe@example.org")
    bare = Delegation("ben@example.org", to, REQUESTED_AT, DEADLINE, REQUESTED_AT)
    for each in (away("ana@example.org", to), bare, bare):
        assert await kept.take(each) is None
    found = sorted(await kept.list_to(f" {to.upper()}"), key=lambda each: each.by)

    assert found == [away("ana@example.org", to), bare]
    assert await kept.list_to(fresh_name("eve@example.org")) == []


async def test_the_later_one_of_a_pair_counts_whatever_the_order(account: Account) -> None:
    kept, to = delegations_of(account), fresh_name("zoe@example.org")
    first = away("ana@example.org", to)
    later = replace(first, by="ANA@example.org", ends=REQUESTED_AT, enqueued_at=REQUESTED_AT + MINUTE)
    assert await kept.take(later) is None
    refusal = await kept.take(first)

    assert refusal
    assert refusal.answer is Answer.LATE
    assert await kept.list_to(to) == [later]


async def test_several_at_once_leave_the_latest(account: Account) -> None:
    to = fresh_name("zoe@example.org")
    versions = [replace(away("ana@example.org", to), enqueued_at=REQUESTED_AT + number * MINUTE) for number in range(4)]
    await asyncio.gather(*(delegations_of(account).take(each) for each in versions))
    assert await delegations_of(account).list_to(to) == [versions[-1]]


async def test_whoever_always_loses_gives_up_and_says_so(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "_MOST_ATTEMPTS", 3)
    to = fresh_name("zoe@example.org")
    others = Delegations(account.users_tables.get_table_client(LEDGER_TABLE))
    ours = replace(away("ana@example.org", to), enqueued_at=REQUESTED_AT + 100 * MINUTE)

    async def another_is_faster(number: int) -> None:
        if "RowKey=" in account.wire.requests[number - 1].partition("GET")[2]:
            await others.take(replace(ours, enqueued_at=REQUESTED_AT + number * MINUTE))

    account.wire.step_in(another_is_faster)

    with pytest.raises(LedgerConflictError):
        await delegations_of(account).take(ours)

    methods = [request.partition(" ")[0] for request in account.wire.requests]
    assert methods == ["GET", "GET", "POST", "GET", "POST", "GET", "POST"]


async def test_one_person_stands_in_for_a_bounded_number_of_others(account: Account) -> None:
    kept, to = delegations_of(account), fresh_name("zoe@example.org")
    unsigned = Delegation("", to, REQUESTED_AT, DEADLINE, REQUESTED_AT)
    await asyncio.gather(*(kept.take(replace(unsigned, by=f"{number}")) for number in range(MOST_TO_ONE_PERSON)))
    refusal = await kept.take(replace(unsigned, by="one more"))
    assert refusal
    assert (refusal.answer, "100 people" in refusal.text) == (Answer.NOT_PERMITTED, True)
    assert await kept.take(replace(unsigned, by="0", ends=REQUESTED_AT)) is None, "a known pair is changed as before"
    assert await kept.take(away("ana@example.org", to)) is None, "what is signed has room of its own"

    later = replace(unsigned, by="one more", enqueued_at=REQUESTED_AT + KEPT + MINUTE, ends=DEADLINE + KEPT)
    assert await kept.take(later) is None, "what ended long ago makes room"
    assert "0" not in {each.by for each in await kept.list_to(to)}
    assert len(await kept.list_to(to)) == MOST_TO_ONE_PERSON + 1


async def test_what_was_delegated_by_and_to_a_person_ends_up_to_a_time(account: Account) -> None:
    kept, ana, zoe, ben = (
        delegations_of(account),
        *(fresh_name(f"{name}@example.org") for name in ("ana", "zoe", "ben")),
    )
    later = replace(away(ana, ben), enqueued_at=REQUESTED_AT + MINUTE)
    for each in (away(ana, zoe), away(ben, ana), away(ben, zoe), later):
        assert await kept.take(each) is None
    assert [await kept.end_of(f" {ana.upper()}", REQUESTED_AT) for _ in range(2)] == [2, 0]

    assert await kept.list_to(zoe) == [away(ben, zoe)]
    assert (await kept.list_to(ana), await kept.list_to(ben)) == ([], [later])


async def test_its_answer_is_kept_with_it_and_is_no_delegation(account: Account) -> None:
    kept, to = delegations_of(account), fresh_name("zoe@example.org")
    ana, eve = (SignIn("https://login", "tenant", name) for name in ("ana", "eve"))
    given = GivenAnswer("tenant", "ana", Answer.RECORDED, refused=False, at=REQUESTED_AT)
    for _ in range(2):  # delivered again
        assert await kept.take(away("ana@example.org", to), answer_row(partition_of(to), "1", given)) is None
    answers = account.ledger.answers
    await answers.put_refused(partition_of(to), "2", replace(given, answer=Answer.LATE, refused=True))
    await answers.put_refused(partition_of(to), "1", replace(given, answer=Answer.LATE, refused=True))

    assert await answers.find(partition_of(to), "1", ana) == given
    assert [await answers.find(partition_of(to), each, eve) for each in "12"] == [None, None]
    assert await kept.list_to(to) == [away("ana@example.org", to)]
    assert away("ana@example.org", to) in await kept.list_all()
    assert await kept.end_of(to, REQUESTED_AT) == 1
