"""What operators did is noted once in a review's own chain, a bounded number of times, at a cost that does not grow."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from adapters.ledger import conflicts
from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.quarantine_log import QuarantineLog, QuarantineStep
from adapters.ledger.store import Ledger
from compliance.history import AuditEvent
from compliance.review import Head
from compliance.rulings import Transition
from compliance.transitions import MOST_NOTES, note
from contracts.names import LEDGER_TABLE
from tests.builders import DEADLINE, REQUESTED_AT, document, uninspected_review
from tests.storage.account import Account, fresh_name

WHO = "olga@example.org"


def step(detail: str = "a comma", **said: Any) -> partial[Transition]:
    said = {"event": AuditEvent.QUARANTINE_REPLAYED, "at": REQUESTED_AT, "who": WHO, **said}
    return partial(note, detail=detail, **said)


def others_of(account: Account) -> Ledger:
    return Ledger(account.users_tables.get_table_client(LEDGER_TABLE))


async def opened(account: Account) -> Head:
    name = fresh_name()
    head = uninspected_review(review_id=name.encode().hex().ljust(64, "0")[:64][::-1], document=document(name=name))
    await account.ledger.insert(head)
    return head


async def notes_in(account: Account, review_id: str) -> list[tuple[str, str | None, str | None]]:
    history = [record for record, _ in await account.ledger.audit(review_id)]
    return [(record.event, record.who, record.detail) for record in history if record.event.startswith("quarantine_")]


async def test_a_step_told_twice_is_recorded_once(account: Account) -> None:
    head = await opened(account)
    for at in (REQUESTED_AT, DEADLINE):
        noted = await account.ledger.note_once(head.review_id, "step", step(at=at))
        assert noted
        assert noted[1]
    assert await account.ledger.has_note(head.review_id, "step")
    assert not await account.ledger.has_note(head.review_id, "another step")
    assert await notes_in(account, head.review_id) == [("quarantine_replayed", WHO, "a comma")]


async def test_steps_that_look_alike_are_each_recorded(account: Account) -> None:
    head = await opened(account)
    for number in range(3):
        await account.ledger.note_once(head.review_id, f"step {number}", step())
    assert len(await notes_in(account, head.review_id)) == 3


async def test_one_step_told_to_several_at_once_is_recorded_once(account: Account) -> None:
    head = await opened(account)
    keys = ["same", "same", "same", "b", "c", "d"]
    tellings = [others_of(account).note_once(head.review_id, key, step(key)) for key in keys]
    assert all(noted and noted[1] for noted in await asyncio.gather(*tellings))
    assert sorted(str(detail) for *_, detail in await notes_in(account, head.review_id)) == ["b", "c", "d", "same"]


async def test_a_review_has_a_bounded_number_of_them_and_each_costs_as_much_as_the_first(account: Account) -> None:
    head = await opened(account)
    costs = list[int]()
    for number in range(MOST_NOTES):
        before = len(account.wire.requests)
        noted = await account.ledger.note_once(head.review_id, str(number), step())
        assert noted == (noted and noted[0], True)
        costs.append(len(account.wire.requests) - before)
    assert max(costs) == min(costs) == 3
    full = await account.ledger.note_once(head.review_id, "one more", step())
    assert full
    assert not full[1]
    again = await account.ledger.note_once(head.review_id, "0", step())
    assert again
    assert again[1]
    assert len(await notes_in(account, head.review_id)) == MOST_NOTES


async def test_without_a_review_there_is_nothing_to_note(account: Account) -> None:
    assert await account.ledger.note_once("0" * 64, "step", step()) is None


async def test_a_step_beside_the_reviews_is_written_once(account: Account) -> None:
    log, why, key = QuarantineLog(account.ledger_table()), fresh_name("why"), fresh_name()
    assert not await log.holds(key)
    for at in (REQUESTED_AT, DEADLINE):
        await log.put(key, QuarantineStep(at, "quarantine_replayed", WHO, why, "submissions-quarantine"))
    assert await log.holds(key)
    [found] = [each for each in await log.steps() if each.detail == why]
    assert found == QuarantineStep(REQUESTED_AT, "quarantine_replayed", WHO, why, "submissions-quarantine")


async def test_a_step_on_a_review_that_keeps_changing_is_given_up(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conflicts, "_MOST_ATTEMPTS", 3)
    head, others = await opened(account), others_of(account)

    async def another_is_faster(number: int) -> None:
        if "note-" in account.wire.requests[number - 1]:
            await others.note_once(head.review_id, str(number), step("theirs"))

    account.wire.step_in(another_is_faster)

    with pytest.raises(LedgerConflictError):
        await account.ledger.note_once(head.review_id, "ours", step("ours"))

    assert {detail for *_, detail in await notes_in(account, head.review_id)} == {"theirs"}
