"""A person's rows change together, whoever else changes them, and each change is kept."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from functools import partial

from adapters.ledger.bindings import BindingChange, Bindings
from adapters.ledger.revocations import Revocations
from compliance.outcome import Answer
from compliance.people.binding import Account, Binding, Rebinding, bind, unbind
from compliance.people.reviewers import Revocation
from compliance.refusal import Refusal
from compliance.review import EndedRight
from tests.builders import REQUESTED_AT
from tests.storage.account import Account as Storage
from tests.storage.account import fresh_name


def bindings_of(storage: Storage) -> Bindings:
    return Bindings(storage.ledger_table())


def _account() -> Account:
    return Account(str(uuid.uuid4()), str(uuid.uuid4()))


def _names(number: int) -> list[str]:
    return [fresh_name(f"person-{each}@example.org") for each in range(number)]


def change(name: str, of: Account, action: str = "bind") -> BindingChange:
    return BindingChange(uuid.uuid4().hex[:16], REQUESTED_AT, action, name, of, "olga", "because")


async def give(bindings: Bindings, name: str, to: Account, *, replace: bool = False) -> Refusal | None:
    return await bindings.change(name, to, partial(bind, name, to, replace=replace), change(name, to))


async def test_it_is_found_by_each_name_and_by_the_account(account: Storage) -> None:
    kept, person, (old, new) = bindings_of(account), _account(), _names(2)
    assert await give(kept, old, person) is None
    assert await give(kept, new, person, replace=True) is None
    expected = Binding(person, (new, old))

    assert await kept.find(f" {old.upper()}") == await kept.find(new) == await kept.find_account(person) == expected
    assert expected in await kept.list_all()
    made = {(each.name, each.by, each.reason) for each in await kept.changes() if each.account == person}
    assert made == {(each, "olga", "because") for each in (old, new)}


async def test_a_name_that_changes_hands_leaves_its_person_the_others(account: Storage) -> None:
    kept, first, second, (old, new) = bindings_of(account), _account(), _account(), _names(2)
    await give(kept, old, first)
    await give(kept, new, first, replace=True)
    refused = await give(kept, old, second)
    assert refused
    assert refused.answer is Answer.WRONG_PERSON
    taken = change(old, second)
    assert await kept.change(old, second, partial(bind, old, second, replace=True), taken) is None
    assert await kept.made(taken) == replace(taken, taken_from=first)

    assert await kept.find(old) == Binding(second, (old,))
    assert await kept.find(new) == await kept.find_account(first) == Binding(first, (new,))
    assert await give(kept, new, second, replace=True) is None
    assert await kept.find_account(first) is None


async def test_an_unbound_name_is_nobodys(account: Storage) -> None:
    kept, person, (name,) = bindings_of(account), _account(), _names(1)
    await give(kept, name, person)

    def without(of_name: Binding | None, _: Binding | None) -> Rebinding | None:
        return Rebinding(unbind(name, of_name)) if of_name else None

    made = change(name, person, "unbind")
    assert await kept.made(made) is None
    assert await kept.change(name, person, without, made) is None
    assert await kept.made(made) == made
    assert await kept.find(name) is await kept.find_account(person) is None


async def test_of_several_who_come_first_at_once_one_gets_the_name(account: Storage) -> None:
    people, (name,) = [_account() for _ in range(4)], _names(1)
    answers = await asyncio.gather(*(give(bindings_of(account), name, each) for each in people))

    assert [answer.answer for answer in answers if answer] == [Answer.WRONG_PERSON] * 3
    found = await bindings_of(account).find(name)
    assert found
    assert [answer is None for answer in answers] == [each == found.account for each in people]


async def test_of_several_names_at_once_an_account_gets_one(account: Storage) -> None:
    person, names = _account(), _names(4)
    answers = await asyncio.gather(*(give(bindings_of(account), name, person) for name in names))

    assert sum(answer is None for answer in answers) == 1
    found = await bindings_of(account).find_account(person)
    assert found
    bound = [name for name in names if await bindings_of(account).find(name)]
    assert tuple(bound) == found.names


async def test_one_request_reads_what_there_is_of_a_sender(account: Storage) -> None:
    kept, revocations, (name, other) = bindings_of(account), Revocations(account.ledger_table()), _names(2)
    revoked, person = Revocation(EndedRight(name, REQUESTED_AT, "left"), "olga", REQUESTED_AT), _account()
    assert await kept.find_sender(name) == (None, None)
    await revocations.take(revoked)
    assert await kept.find_sender(name) == (revoked, None)
    await give(kept, name, person)
    await give(kept, other, person, replace=True)

    assert await kept.find_sender(f" {name.upper()}") == (revoked, Binding(person, (other, name)))
    assert await kept.find_sender(other) == (None, Binding(person, (other, name)))
    assert revoked in await revocations.list_all()
    assert Binding(person, (other, name)) in await kept.list_all()
