"""Answers to attested messages: with what is recorded, some of the refused ones, each for its own person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from adapters.ledger import answers
from adapters.ledger.answers import GivenAnswer, answer_row
from adapters.stored_evidence import stored_evidence
from compliance.document import review_id
from compliance.outcome import Answer, ReviewState
from compliance.people.attestation import SignIn
from compliance.rulings import Ruling
from compliance.transitions import begin, record
from evidence.checks import first_fault
from tests.builders import REQUESTED_AT, decision, document, uninspected_review
from tests.storage.account import Account, fresh_name
from tests.storage.ledger.reviews import opened

ANA = SignIn("https://login", "tenant", "ana")
OTHERS = (SignIn("https://login", "tenant", "eve"), SignIn("https://login", "other tenant", "ana"))


def given(answer: Answer = Answer.LATE, sign_in: SignIn = ANA, **changes: Any) -> GivenAnswer:
    said = {"explanation": "too late", "review_state": ReviewState.OPEN} | changes
    return GivenAnswer(sign_in.tenant_id, sign_in.object_id, answer, answer.refused, REQUESTED_AT, **said)


async def record_with_answer(account: Account, review: str, answer_id: str) -> None:
    async for attempt in account.ledger.attempts(review):
        ruling = record(attempt.review.head, attempt.review.decisions, decision())
        assert isinstance(ruling, Ruling)
        row = answer_row(review, answer_id, given(ruling.answer))
        await attempt.commit(ruling.transition, replacing=[row])


async def refused_to_ana(account: Account, review: str) -> int:
    rows = [row for row in await account.ledger.everything_of(review) if row["RowKey"].startswith("answer-")]
    return sum(row["refused"] and (row["tenantId"], row["objectId"]) == ("tenant", "ana") for row in rows)


@pytest.mark.parametrize("answer", [Answer.RECORDED, Answer.NOT_PERMITTED])
async def test_only_the_one_who_has_decided_reads_the_answer(account: Account, answer: Answer) -> None:
    review = (await opened(account)).review_id
    if answer.refused:
        await account.ledger.answers.put_refused(review, "d", given(answer))
    else:
        await record_with_answer(account, review, "d")

    find = partial(account.ledger.answers.find, review)
    assert await find("d", ANA) == given(answer)
    assert [await find("d", other) for other in OTHERS] == [None, None]
    assert await find("another decision", ANA) is None
    assert await account.ledger.answers.find("0" * 64, "d", ANA) is None


async def test_a_refused_message_that_is_recorded_later_is_answered_anew_and_stays_so(account: Account) -> None:
    review, put = (await opened(account)).review_id, account.ledger.answers.put_refused
    await put(review, "d", given(Answer.STAGE_NOT_OPEN))
    await put(review, "d", given(Answer.NOT_PERMITTED))
    await put(review, "d", given(Answer.LATE, OTHERS[0]))
    assert await account.ledger.answers.find(review, "d", ANA) == given(Answer.NOT_PERMITTED)
    await record_with_answer(account, review, "d")
    await put(review, "d", given(Answer.LATE))

    assert await account.ledger.answers.find(review, "d", ANA) == given(Answer.RECORDED)


async def test_one_person_fills_no_review_with_refused_messages(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_REFUSED", 3)
    review, put = (await opened(account)).review_id, account.ledger.answers.put_refused
    await record_with_answer(account, review, "recorded")
    await asyncio.gather(*(put(review, f"at once {number}", given()) for number in range(8)))
    assert await refused_to_ana(account, review) <= 3
    for number in range(4):
        await put(review, str(number), given())
    for other in OTHERS:
        await put(review, f"of {other.tenant_id} {other.object_id}", given(sign_in=other))

    assert await refused_to_ana(account, review) == 3
    assert await account.ledger.answers.find(review, "3", ANA) is None
    assert await account.ledger.answers.find(review, "recorded", ANA) == given(Answer.RECORDED)
    assert [await account.ledger.answers.find(review, f"of {o.tenant_id} {o.object_id}", o) for o in OTHERS] == [
        given(sign_in=other) for other in OTHERS
    ]


async def test_answers_are_no_part_of_the_evidence(account: Account) -> None:
    named = document(name=fresh_name())
    head = uninspected_review(review_id=review_id(named.container, named.name, named.etag), document=named)
    await account.books.insert(replace(head, document=replace(named, sha256=None)))
    begun = partial(begin, document=named, at=REQUESTED_AT, refused=None)
    review = (await account.books.change(head.review_id, begun)).review_id
    before = await stored_evidence(account.ledger, review)
    await account.ledger.answers.put_refused(review, "refused", given())
    assert await stored_evidence(account.ledger, review) == before
    await record_with_answer(account, review, "d")
    evidence = await stored_evidence(account.ledger, review)

    assert evidence
    assert first_fault(evidence) is None
    stored = await account.ledger.review(review)
    assert stored
    assert len(stored.decisions) == 1
