"""What a process remembers of a review spares requests and is never believed where another process changed it."""

from __future__ import annotations

import pytest
from azure.core.exceptions import AzureError

from adapters.ledger import store as ledger
from adapters.ledger.store import Ledger
from compliance.outcome import Answer, Outcome, ReviewState, Verdict
from compliance.policy import Part, Stage
from compliance.review import Decision, Head
from compliance.rulings import Ruling
from compliance.transitions import begin, close, expire
from tests.builders import DEADLINE, REQUESTED_AT, decision, document, policy
from tests.recording import record_decision
from tests.storage.account import Account
from tests.storage.ledger.reviews import fresh_review
from tests.storage.wire import lose_answer, pass_on


@pytest.fixture
def ours(account: Account) -> Ledger:
    """Return the ledger of this process; `account.books` is that of others."""
    return account.ledger


async def asked(account: Account, ours: Ledger, **changes: object) -> Head:
    """Open and begin a review in this process, so that it remembers the review."""
    head = fresh_review(**changes)
    await ours.insert(head)
    begun = await ours.change(head.review_id, lambda stored: begin(stored, document(), REQUESTED_AT, None))
    account.wire.step_in(pass_on)
    return begun


async def decide(ours: Ledger, review_id: str, said: Decision) -> Ruling | None:
    """Record a decision as the trigger does."""
    return await record_decision(ours, review_id, said)


def methods(account: Account) -> list[str]:
    """Return the methods of the requests that this process has made."""
    return [request.partition(" ")[0] for request in account.wire.requests]


async def closed(ours: Ledger, review_id: str) -> Head:
    """Close a review in this process."""
    return await ours.change(review_id, lambda stored: close(stored, DEADLINE, "published/x"))


async def test_a_remembered_review_is_changed_without_reading_it(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)

    done = await decide(ours, head.review_id, decision())
    standing = await ours.get(head.review_id, remembered_since=ReviewState.DECIDED)
    ended = await closed(ours, head.review_id)
    remembered = await ours.review(head.review_id, remembered_since=ReviewState.CLOSED)

    assert methods(account) == ["POST", "POST"]
    assert done
    assert (done.head, ended.outcome) == (standing, Outcome.APPROVED)
    assert remembered == await account.books.review(head.review_id)


async def test_a_decision_that_is_late_by_another_process_is_late(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)
    await account.books.change(head.review_id, lambda stored: expire(stored, DEADLINE))

    done = await decide(ours, head.review_id, decision())

    assert done
    assert (done.answer, done.head.verdict) == (Answer.LATE, Verdict.EXPIRE)
    assert methods(account) == ["POST", "GET"]


async def test_a_decision_that_another_process_has_recorded_is_counted_with(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours, policy=policy(approvals_needed=2))
    first = decision(decision_id="1", message_id="1", digest="1", reviewer="raj@example.org")
    await record_decision(account.books, head.review_id, first)

    done = await decide(ours, head.review_id, decision())

    assert done
    assert (done.head.last_seq, done.head.verdict) == (2, Verdict.APPROVE)


async def test_a_refusal_that_is_out_of_date_is_not_given(account: Account, ours: Ledger) -> None:
    head = fresh_review()
    await ours.insert(head)
    await account.books.change(head.review_id, lambda stored: begin(stored, document(), REQUESTED_AT, None))

    done = await decide(ours, head.review_id, decision())

    assert done
    assert done.answer is Answer.RECORDED


async def test_a_stage_that_another_process_has_opened_is_open(account: Account, ours: Ledger) -> None:
    rita, raj = "rita@example.org", "raj@example.org"
    stages = (Stage("first", (Part((rita,)),)), Stage("second", (Part((raj,)),)))
    head = await asked(account, ours, policy=policy(stages=stages))
    first = decision(decision_id="1", message_id="1", digest="1", reviewer=rita)
    await record_decision(account.books, head.review_id, first)

    done = await decide(ours, head.review_id, decision(reviewer=raj))

    assert done
    assert (done.answer, done.head.verdict) == (Answer.RECORDED, Verdict.APPROVE)


async def test_what_looks_impossible_in_memory_is_tried_on_what_is_stored(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)
    await account.books.change(head.review_id, lambda stored: expire(stored, DEADLINE))

    assert (await closed(ours, head.review_id)).outcome is Outcome.EXPIRED


async def test_what_is_impossible_is_raised(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)

    with pytest.raises(ValueError, match="still open"):
        await closed(ours, head.review_id)


async def test_an_open_review_is_read_again_for_its_standing(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)
    await account.books.change(head.review_id, lambda stored: expire(stored, DEADLINE))

    assert (await ours.get(head.review_id, remembered_since=ReviewState.DECIDED)).state is ReviewState.DECIDED
    assert (await ours.get(head.review_id, remembered_since=ReviewState.OPEN)).document == head.document


async def test_a_review_that_is_not_known_to_be_closed_is_read_to_announce_it(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)
    await decide(ours, head.review_id, decision())
    await account.books.change(head.review_id, lambda stored: close(stored, DEADLINE, "published/x"))

    assert await ours.review(head.review_id, remembered_since=ReviewState.CLOSED) == await account.books.review(
        head.review_id
    )


async def test_after_a_write_whose_answer_was_lost_the_review_is_read(account: Account, ours: Ledger) -> None:
    head = await asked(account, ours)
    account.wire.step_in(lambda _: lose_answer())
    with pytest.raises(AzureError):
        await decide(ours, head.review_id, decision())
    account.wire.step_in(pass_on)

    again = await decide(ours, head.review_id, decision())

    assert again
    assert (again.answer, again.writes) == (Answer.RECORDED, False)
    assert methods(account) == ["GET"]


async def test_what_was_forgotten_for_others_is_read(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_MOST_REMEMBERED", 1)
    small = account.ledger
    first, second = fresh_review(), fresh_review()
    await small.insert(first)
    await small.insert(second)
    account.wire.step_in(pass_on)

    await small.change(first.review_id, lambda stored: begin(stored, document(), REQUESTED_AT, None))

    assert methods(account) == ["GET", "POST"]
