"""The ledger on a real table: what one transaction writes, what comes back, what a lost answer or a crash changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.core.exceptions import AzureError
from azure.data.tables.aio import TableClient
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger import conflicts
from adapters.ledger import rows as ledger_rows
from adapters.ledger.conflicts import LedgerConflictError
from adapters.ledger.rows import OutboxEvent
from adapters.ledger.unfinished import ReviewNotFoundError
from compliance.document import DocumentVersion
from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, Vote
from compliance.policy import Calendar, Escalation, Part, Policy, Stage
from compliance.review import Decision, Head, RecordedDecision
from compliance.rulings import Transition
from compliance.schedule import Schedule
from compliance.transitions import close, expire, open_review, supersede, vanish, withdraw
from contracts.names import LEDGER_TABLE
from evidence.chain import link
from tests.builders import DEADLINE, SUBMITTER, decision, document, policy, uninspected_review
from tests.examples import at_most
from tests.recording import record_decision
from tests.storage.account import Account, fresh_name
from tests.storage.ledger.reviews import decide, fresh_review, opened
from tests.storage.wire import KilledError, after, crash, lose_answer, pass_on


def table_of(account: Account) -> TableClient:
    """Return a client of the table that does not belong to the app."""
    return account.users_tables.get_table_client(LEDGER_TABLE)


async def row_keys(account: Account, review_id: str) -> list[str]:
    """Return the keys of all rows of a review."""
    found = table_of(account).query_entities("PartitionKey eq @review", parameters={"review": review_id})
    return [row["RowKey"] async for row in found]


async def test_a_review_that_is_not_there_is_none(account: Account) -> None:
    assert await account.ledger.find("nobody") is None
    assert await account.ledger.review("nobody") is None
    assert await decide(account, "nobody", decision()) is None


async def test_opening_writes_head_and_history_in_one_transaction(account: Account) -> None:
    head = fresh_review()
    account.wire.step_in(after(0, crash))

    await account.ledger.insert(head)

    assert [request.partition(" ")[0] for request in account.wire.requests] == ["POST"]
    assert await row_keys(account, head.review_id) == ["audit-000001", "head"]
    assert await account.ledger.find(head.review_id) == link(None, open_review(head)).head


async def test_a_second_opening_changes_nothing(account: Account) -> None:
    head = await opened(account)

    await account.ledger.insert(replace(head, submitter="somebody else"))

    assert await account.ledger.find(head.review_id) == head
    assert len(await account.ledger.audit(head.review_id)) == 2


async def test_each_transition_reads_once_and_writes_all_its_rows_in_one_transaction(account: Account) -> None:
    head = await opened(account)
    account.wire.step_in(after(0, crash))

    await decide(account, head.review_id, decision())

    assert [request.partition(" ")[0] for request in account.wire.requests] == ["GET", "POST"]
    review = await account.ledger.review(head.review_id)
    assert review
    assert (review.head.state, review.head.verdict) == (ReviewState.DECIDED, Verdict.APPROVE)
    assert review.decisions == [RecordedDecision(1, decision())]
    keys = await row_keys(account, head.review_id)
    assert [key[:9] for key in keys] == ["audit-000", "audit-000", "audit-000", "decision-", "head", keys[-1][:9]]
    assert keys[-1].startswith("id-")


async def test_a_whole_journey_comes_back_as_it_was_written(account: Account) -> None:
    head = await opened(account)
    await decide(account, head.review_id, decision(comment="Ünïcode 📄 \x00\x1f \ud7ff" + "x" * 3900))
    for _ in range(2):
        await account.ledger.change(head.review_id, lambda stored: close(stored, DEADLINE, "published/x"))

    review = await account.ledger.review(head.review_id)
    history = [entry for entry, _ in await account.ledger.audit(head.review_id)]

    assert review
    assert review.head == replace(
        head,
        state=ReviewState.CLOSED,
        verdict=Verdict.APPROVE,
        outcome=Outcome.APPROVED,
        location="published/x",
        last_seq=1,
        last_audit=4,
        audit_digest=history[-1].digest,
        last_at=DEADLINE,
        closed_at=DEADLINE,
    )
    assert review.decisions[0].decision.comment == "Ünïcode 📄 \x00\x1f \ud7ff" + "x" * 3900
    assert [entry.event for entry in history] == [
        AuditEvent.REVIEW_OPENED,
        AuditEvent.DOCUMENT_INSPECTED,
        AuditEvent.DECISION_RECORDED,
        AuditEvent.REVIEW_CLOSED,
    ]
    assert [entry.seq for entry in history] == [1, 2, 3, 4]


async def test_a_policy_as_large_as_people_write_fits_into_a_row(account: Account) -> None:
    reviewers = tuple(f"{number}{'ü' * 250}@example.org"[:256] for number in range(100))
    head = await opened(account, policy=policy(reviewers=reviewers))

    stored = await account.ledger.find(head.review_id)

    assert stored
    assert stored.policy == head.policy
    row = await table_of(account).get_entity(head.review_id, "head")
    # https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
    assert all(len(value.encode("utf-16-le")) <= 64 * 1024 for value in row.values() if isinstance(value, str))


async def test_a_decision_whose_answer_is_lost_counts_once_and_is_answered_the_same_again(account: Account) -> None:
    head = await opened(account)
    account.wire.step_in(after(2, lose_answer))
    with pytest.raises(AzureError):
        await decide(account, head.review_id, decision())

    again = await decide(account, head.review_id, decision())

    assert again
    assert (again.answer, again.writes) == (Answer.RECORDED, False)
    assert len(await account.ledger.audit(head.review_id)) == 3


async def test_an_opening_whose_answer_is_lost_can_be_repeated(account: Account) -> None:
    head = fresh_review()
    account.wire.step_in(after(1, lose_answer))
    with pytest.raises(AzureError):
        await account.ledger.insert(head)

    await account.ledger.insert(head)

    assert await row_keys(account, head.review_id) == ["audit-000001", "head"]


def withdraw_too_early(head: Head) -> Transition:
    ruling = withdraw(head, SUBMITTER, DEADLINE, "too early")
    assert ruling
    return ruling.transition


@pytest.mark.parametrize(
    "ending",
    [
        lambda head: expire(head, DEADLINE),
        supersede,
        vanish,
        withdraw_too_early,
    ],
    ids=["expire", "supersede", "vanish", "withdraw"],
)
async def test_a_crash_after_any_request_of_a_transition_is_made_good_by_making_it_again(
    account: Account, ending: Callable[[Head], Transition]
) -> None:
    for number in (1, 2):
        head = await opened(account)

        async def end(review_id: str = head.review_id) -> Head:
            return await account.ledger.change(review_id, ending)

        account.wire.step_in(after(number, crash))
        with pytest.raises(KilledError):
            await end()
        done, again = await end(), await end()
        assert done == again == await account.ledger.find(head.review_id)
        assert len(await account.ledger.audit(head.review_id)) == 3


async def test_a_transition_that_lost_a_race_is_computed_again_from_what_won(account: Account) -> None:
    head = await opened(account)

    async def another_is_faster() -> None:
        await record_decision(account.books, head.review_id, decision(vote=Vote.REJECT))

    account.wire.step_in(after(1, another_is_faster))
    slower = await decide(
        account, head.review_id, decision(decision_id="2", message_id="2", digest="2", reviewer="raj@example.org")
    )

    assert slower
    assert slower.answer is Answer.LATE
    stored = await account.ledger.find(head.review_id)
    assert stored
    assert (stored.verdict, stored.last_seq) == (Verdict.REJECT, 1)


async def test_a_decision_that_slips_between_two_pages_of_a_reading_is_not_missed(account: Account) -> None:
    head = await opened(account, policy=policy(approvals_needed=3))
    said = [decision(decision_id=n, message_id=n, digest=n, reviewer=f"{n}@example.org") for n in "123"]
    await decide(account, head.review_id, said[0])

    async def another_decides() -> None:
        await record_decision(account.books, head.review_id, said[1])

    account.wire.rows_one_by_one = True
    account.wire.step_in(after(1, another_decides))
    third = await decide(account, head.review_id, said[2])

    assert third
    assert (third.head.last_seq, third.head.verdict) == (3, Verdict.APPROVE)


async def test_who_always_loses_gives_up_and_says_so(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conflicts, "_MOST_ATTEMPTS", 3)
    head = await opened(account, policy=policy(approvals_needed=100))
    losses = iter(range(1, 100))

    async def another_is_always_faster(number: int) -> None:
        if account.wire.requests[number - 1].startswith("GET"):
            name = f"faster-{next(losses)}"
            said = decision(decision_id=name, message_id=name, digest=name, reviewer=name)
            await record_decision(account.books, head.review_id, said)

    account.wire.step_in(another_is_always_faster)

    with pytest.raises(LedgerConflictError):
        await decide(account, head.review_id, decision())
    stored = await account.books.review(head.review_id)
    assert stored
    assert decision() not in [row.decision for row in stored.decisions]


async def test_unfinished_reviews_are_listed_until_they_are_taken_off(account: Account) -> None:
    heads = [uninspected_review(review_id=f"{number:064x}") for number in range(2)]
    for head in heads + heads:
        await account.ledger.unfinished.put(head)

    assert await account.ledger.unfinished.ids() == [head.review_id for head in heads]
    for head in heads:
        assert await account.ledger.unfinished.as_opened(head.review_id) == head
        await account.ledger.unfinished.delete(head)
        await account.ledger.unfinished.delete(head)
        with pytest.raises(ReviewNotFoundError):
            await account.ledger.unfinished.as_opened(head.review_id)
    assert await account.ledger.unfinished.ids() == []


async def test_reviews_are_found_by_the_beginning_of_their_id(account: Account) -> None:
    ids = [f"abcde{digit}{number:058x}" for digit in "0f" for number in range(2)]
    for review_id in ids:
        await account.ledger.insert(uninspected_review(review_id=review_id))

    assert await account.ledger.ids_starting_with("abcde") == ids
    assert await account.ledger.ids_starting_with("abcdef") == ids[2:]
    assert await account.ledger.ids_starting_with(ids[0]) == ids[:1]


async def test_the_index_knows_every_review_of_a_name_in_their_order_and_no_other(account: Account) -> None:
    name = fresh_name()
    ours = [uninspected_review(review_id=f"{number:064x}", document=document(name=name)) for number in (2, 0, 1)]
    other = uninspected_review(review_id="f" * 64, document=document(name=name + "x"))
    first = [await account.ledger.names.put(head) for head in [*ours, other, *ours]]

    assert first == [True, False, False, True, False, False, False]

    assert await account.ledger.names.reviews_of("pending", name) == [head.review_id for head in ours]
    assert await account.ledger.names.reviews_of("submissions", name) == []


@pytest.mark.parametrize("end", [lose_answer, crash])
async def test_a_listing_that_broke_off_can_be_repeated_and_asks_then(
    account: Account, end: Callable[[], Awaitable[None]]
) -> None:
    """The first opener may have forgotten that it was first; it then makes a needless search for others."""
    head = fresh_review()
    account.wire.step_in(after(1, end))
    with pytest.raises((AzureError, KilledError)):
        await account.ledger.names.put(head)
    account.wire.step_in(pass_on)

    assert not await account.ledger.names.put(head)
    assert await account.ledger.names.reviews_of("pending", head.document.name) == [head.review_id]


async def test_the_outbox_holds_an_event_until_it_is_taken_out(account: Account) -> None:
    data = {"reviewId": "x", "nested": {"list": [1, 2.5, None, "ü"]}}
    event = OutboxEvent("a" * 64, "compliance.decision.refused.v1", "/reviews/x", data, "2026-03-02T09:30:00+00:00")
    bare = OutboxEvent("b" * 64, "compliance.decision.refused.v1", "/reviews/y", {})
    for each in (event, bare, event):
        await account.ledger.outbox.put(each)

    assert [await account.ledger.outbox.event(each) for each in await account.ledger.outbox.ids()] == [event, bare]
    for each in (event, bare, event):
        await account.ledger.outbox.delete(each.id)
    assert await account.ledger.outbox.ids() == []
    assert await account.ledger.outbox.event(event.id) is None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
moments = st.integers(-(10**6), 10**6).map(lambda seconds: DEADLINE + timedelta(seconds=seconds, microseconds=1))
times = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=365))
optional_texts = st.none() | texts
calendars = st.builds(
    Calendar,
    time_zone=texts,
    working_days=st.tuples(st.integers(0, 6)),
    opens=st.times(),
    closes=st.times(),
    country=optional_texts,
    holidays=st.tuples(st.dates()),
)
parts = st.builds(Part, st.lists(texts, max_size=2).map(tuple), st.none() | st.integers(1, 9), optional_texts)
heads = st.builds(
    Head,
    review_id=st.just("a" * 64),
    document=st.builds(
        DocumentVersion,
        container=texts,
        name=texts,
        etag=texts,
        sha256=optional_texts,
        length=st.none() | st.integers(0, 2**50),
        content_type=optional_texts,
    ),
    policy=st.builds(
        Policy,
        document_class=texts,
        version=texts,
        sha256=texts,
        stages=st.lists(st.builds(Stage, name=texts, parts=st.lists(parts, max_size=2).map(tuple)), max_size=3).map(
            tuple
        ),
        reminders=st.lists(times, max_size=2).map(tuple),
        escalation=st.none() | st.builds(Escalation, after=times, to=st.tuples(texts), extends_deadline=times),
        calendar=st.none() | calendars,
        deadline=times,
        grace=st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=1)),
        archive_tier=texts,
    ),
    submitter=optional_texts,
    modifier=optional_texts,
    schedule=st.none() | st.builds(Schedule, moments, st.tuples(moments), st.none() | moments, st.none() | moments),
    reason=st.none() | st.sampled_from(Reason),
    location=optional_texts,
    requested_at=st.none() | moments,
    deadline=st.none() | moments,
    closed_at=st.none() | moments,
)


@at_most(200)
@given(heads)
def test_every_head_comes_back_from_its_row(head: Head) -> None:
    assert ledger_rows.head_of(ledger_rows.head_row(head)) == head
    assert ledger_rows.head_of(ledger_rows.open_row(head)) == head


@at_most(100)
@given(
    st.builds(
        RecordedDecision, st.integers(1, 999_999), st.builds(Decision, enqueued_at=moments, comment=optional_texts)
    ),
    st.builds(AuditRecord, st.integers(1, 999_999), at=st.none() | moments, who=optional_texts, detail=optional_texts),
)
def test_every_decision_and_audit_record_comes_back_from_its_row(said: RecordedDecision, entry: AuditRecord) -> None:
    assert ledger_rows.decision_of(ledger_rows.decision_row("review", said)) == said
    assert ledger_rows.audit_of(ledger_rows.audit_row("review", entry)) == entry
