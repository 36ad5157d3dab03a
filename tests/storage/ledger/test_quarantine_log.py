"""Who took a message off the quarantine is recorded once, in the review's own chain where there is a review."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.ledger import conflicts
from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.quarantine_log import QuarantineLog
from compliance.review import Head
from contracts.messages.decisions import QuarantineHandledV1
from contracts.names import LEDGER_TABLE
from tests.builders import DEADLINE, REQUESTED_AT, document, uninspected_review
from tests.storage.account import Account, fresh_name

WHO = "olga@example.org"


def handled(review_id: str | None = None, **said: Any) -> QuarantineHandledV1:
    told = {
        "type": "QuarantineHandledV1",
        "stepId": fresh_name(),
        "action": "replay",
        "queue": "decisions-quarantine",
        "quarantinedId": "ab" * 32,
        "by": WHO,
        "reason": "it was only a comma",
        "reviewId": review_id,
        **said,
    }
    return QuarantineHandledV1.model_validate(told)


def log_of(account: Account) -> QuarantineLog:
    return QuarantineLog(account.ledger_table(), account.ledger)


async def opened(account: Account) -> Head:
    name = fresh_name()
    key = name.encode().hex().ljust(64, "0")[:64]
    head = uninspected_review(review_id=key[::-1], document=document(name=name))
    await account.ledger.insert(head)
    return head


async def steps_in(account: Account, review_id: str) -> list[tuple[str, str | None, str | None]]:
    history = [record for record, _ in await account.ledger.audit(review_id)]
    return [(record.event, record.who, record.detail) for record in history if record.event.startswith("quarantine_")]


async def test_a_step_told_twice_is_recorded_once(account: Account) -> None:
    head, log = await opened(account), log_of(account)
    said = handled(head.review_id)
    assert await log.note(said, REQUESTED_AT)
    assert await log.note(said, DEADLINE)
    [(event, who, detail)] = await steps_in(account, head.review_id)

    assert (event, who) == ("quarantine_replayed", WHO)
    assert detail
    assert detail.startswith("message abababababab")
    assert detail.endswith("it was only a comma")


async def test_every_step_is_recorded(account: Account) -> None:
    head, log = await opened(account), log_of(account)
    for said in ({}, {}, {"action": "discard"}, {"edited": True}):
        await log.note(handled(head.review_id, **said), REQUESTED_AT)
    events = [event for event, _, _ in await steps_in(account, head.review_id)]
    assert events == ["quarantine_replayed", "quarantine_replayed", "quarantine_discarded", "quarantine_replayed"]


async def test_one_step_told_to_several_at_once_is_recorded_once(account: Account) -> None:
    head = await opened(account)
    same, others = handled(head.review_id), [handled(head.review_id) for _ in range(3)]
    await asyncio.gather(*(log_of(account).note(said, REQUESTED_AT) for said in [same, *others, same, same]))
    assert len(await steps_in(account, head.review_id)) == 4


@pytest.mark.parametrize("review_id", [None, "0" * 64])
async def test_without_a_review_it_is_recorded_beside_them(account: Account, review_id: str | None) -> None:
    log, said = log_of(account), handled(review_id, queue="submissions-quarantine", reason=fresh_name("why"))
    assert await log.note(said, REQUESTED_AT) is None
    assert await log.note(said, DEADLINE) is None
    [step] = [each for each in await log.steps() if said.reason in each.detail]

    assert (step.at, step.event, step.who, step.queue) == (
        REQUESTED_AT,
        "quarantine_replayed",
        WHO,
        "submissions-quarantine",
    )


async def test_a_step_on_a_review_that_keeps_changing_is_given_up(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conflicts, "_MOST_ATTEMPTS", 3)
    head, log = await opened(account), log_of(account)
    others = QuarantineLog(account.users_tables.get_table_client(LEDGER_TABLE), account.books)

    async def another_is_faster(number: int) -> None:
        if "audit-" in account.wire.requests[number - 1]:
            await others.note(handled(head.review_id), DEADLINE)

    account.wire.step_in(another_is_faster)
    ours = handled(head.review_id, action="discard")

    with pytest.raises(LedgerConflictError):
        await log.note(ours, REQUESTED_AT)

    steps = await steps_in(account, head.review_id)
    assert [event for event, _, _ in steps] == ["quarantine_replayed"] * 3
