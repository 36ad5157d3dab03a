"""The audit trail on a real table: crashes and races leave neither gap nor fork, and what is done to a row is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.stored_evidence import FaultError, copy_of, stored_evidence
from compliance.document import review_id
from compliance.outcome import Answer, Verdict
from compliance.review import Decision, Head
from compliance.rulings import Ruling
from compliance.transitions import begin, close
from contracts.names import LEDGER_TABLE
from evidence.chain_check import FaultKind
from evidence.checks import Evidence, first_fault
from tests.builders import ETAG, REQUESTED_AT, decision, document, policy, uninspected_review
from tests.recording import record_decision
from tests.storage.account import Account, fresh_name
from tests.storage.moving.moves import archiving, publishing
from tests.storage.turns import Turns
from tests.storage.wire import KilledError, after, crash

Step = Callable[[Account, Head], Coroutine[Any, Any, object]]


def first_head(**rules: Any) -> Head:
    """Return a review that no other test opens, under its true id."""
    name = fresh_name()
    found = document(name=name, sha256=None, length=None, content_type=None)
    return uninspected_review(review_id=review_id("pending", name, ETAG), document=found, policy=policy(**rules))


def said(number: int) -> Decision:
    """Return the decision of a reviewer who makes no other one."""
    name = f"rita-{number}"
    at = REQUESTED_AT + timedelta(hours=number)
    return decision(decision_id=name, digest=name, message_id=name, reviewer=name, comment="555-0100", enqueued_at=at)


async def opening(account: Account, head: Head) -> object:
    return await account.ledger.insert(head)


async def inspecting(account: Account, head: Head) -> object:
    inspected = document(name=head.document.name)
    return await account.ledger.change(head.review_id, lambda stored: begin(stored, inspected, REQUESTED_AT, None))


def deciding(number: int) -> Step:
    async def decide(account: Account, head: Head) -> Ruling | None:
        return await record_decision(account.ledger, head.review_id, said(number))

    return decide


async def closing(account: Account, head: Head) -> object:
    location = f"published/{head.document.name}"
    return await account.ledger.change(
        head.review_id, lambda stored: close(stored, REQUESTED_AT + timedelta(hours=9), location)
    )


STEPS: list[Step] = [opening, inspecting, deciding(1), deciding(2), closing]


async def whole_review(account: Account) -> Head:
    head = first_head(approvals_needed=2)
    for step in STEPS:
        await step(account, head)
    return head


async def evidence_of(account: Account, head: Head) -> Evidence:
    found = await stored_evidence(account.books, head.review_id)
    assert found
    return found


def events(evidence: Evidence) -> list[str]:
    return [record.content["event"].removesuffix("_recorded") for record in evidence.records]


ALL_EVENTS = ["review_opened", "document_inspected", "decision", "decision", "review_closed"]


async def test_a_review_as_it_is_stored_has_no_fault(account: Account) -> None:
    evidence = await evidence_of(account, await whole_review(account))
    assert first_fault(evidence) is None
    assert events(evidence) == ALL_EVENTS


async def test_a_review_that_is_not_there_has_no_evidence(account: Account) -> None:
    assert await stored_evidence(account.books, "nobody") is None


@pytest.mark.parametrize("number", range(len(STEPS)))
@pytest.mark.parametrize("request_number", [1, 2])
async def test_a_crash_between_any_two_requests_leaves_no_gap_and_no_second_record(
    account: Account, number: int, request_number: int
) -> None:
    head = first_head(approvals_needed=2)
    for position, step in enumerate(STEPS):
        if position == number:
            account.wire.step_in(after(request_number, crash))
            try:
                await step(account, head)
            except KilledError:
                if position or request_number > 1:  # else there may be no head yet
                    assert first_fault(await evidence_of(account, head)) is None
            account.wire.step_in(after(0, crash))
        await step(account, head)

    evidence = await evidence_of(account, head)
    assert first_fault(evidence) is None
    assert events(evidence) == ALL_EVENTS


async def test_two_writers_that_link_to_the_same_record_do_not_fork_the_trail(account: Account) -> None:
    head = first_head(approvals_needed=3)
    await opening(account, head)
    await inspecting(account, head)
    turns = Turns[Any](account.wire)
    writers = [await turns.start(deciding(number)(account, head)) for number in (1, 2)]  # both have read record 2
    while not all(writer.done() for writer in writers):
        for writer in reversed(writers):
            await turns.advance(writer)

    evidence = await evidence_of(account, head)
    assert first_fault(evidence) is None
    assert [record.content["who"] for record in evidence.records[2:]] == ["rita-2", "rita-1"]
    answers = [(await writer).answer for writer in writers]
    assert answers == [Answer.RECORDED, Answer.RECORDED]


async def test_a_redelivered_decision_adds_no_record(account: Account) -> None:
    head = await whole_review(account)
    before = await evidence_of(account, head)
    await deciding(1)(account, head)
    assert await evidence_of(account, head) == before


async def test_a_review_that_is_run_again_from_the_top_adds_no_record(account: Account) -> None:
    """As the sweep does when the task hub was lost."""
    head = await whole_review(account)
    before = await evidence_of(account, head)
    for step in STEPS:
        await step(account, head)
    assert await evidence_of(account, head) == before


def table_of(account: Account) -> TableClient:
    return account.users_tables.get_table_client(LEDGER_TABLE)


async def rows_of(account: Account, head: Head) -> dict[str, TableEntity]:
    found = table_of(account).query_entities("PartitionKey eq @review", parameters={"review": head.review_id})
    return {row["RowKey"]: row async for row in found}


@pytest.mark.parametrize(
    ("key", "column", "value", "where"),
    [
        ("audit-000001", "who", "mallory", "record 1"),
        ("audit-000002", "at", "2026-03-02T09:30:00+00:00", "record 2"),  # the same moment, written otherwise
        ("audit-000003", "facts", '{"decision": {}}', "record 3"),
        ("audit-000003", "facts", "{", "record 3"),
        ("audit-000004", "note", "added", "record 4"),
        ("audit-000005", "digest", "0" * 64, "record 5"),
        ("decision-000001", "comment", "555-0101", "decision 1, of record 3"),
        ("decision-000002", "proof", "added", "decision 2, of record 4"),
        ("head", "location", "published/elsewhere", "the review's head"),
        ("head", "auditDigest", "0" * 64, "record 5"),
    ],
)
async def test_a_row_that_was_edited_is_named(account: Account, key: str, column: str, value: str, where: str) -> None:
    head = await whole_review(account)
    change = {"PartitionKey": head.review_id, "RowKey": key, column: value}
    await table_of(account).update_entity(change, UpdateMode.MERGE)
    found = first_fault(await evidence_of(account, head))

    assert found
    assert (found.where, found.wrong) == (where, FaultKind.EDITED)


async def test_facts_that_only_look_the_same_are_edited(account: Account) -> None:
    head = await whole_review(account)
    row = (await rows_of(account, head))["audit-000002"]
    row["facts"] = json.dumps(json.loads(row["facts"]), indent=1)
    await table_of(account).update_entity(row, UpdateMode.REPLACE)
    found = first_fault(await evidence_of(account, head))

    assert found
    assert found.where == "record 2"


@pytest.mark.parametrize(("key", "where"), [("audit-000003", "record 3"), ("audit-000005", "record 5")])
async def test_a_row_that_was_deleted_is_missed(account: Account, key: str, where: str) -> None:
    head = await whole_review(account)
    await table_of(account).delete_entity(head.review_id, key)
    found = first_fault(await evidence_of(account, head))

    assert found
    assert (found.where, found.wrong) == (where, FaultKind.MISSING)


async def test_two_rows_in_each_others_place_are_out_of_order(account: Account) -> None:
    head = await whole_review(account)
    rows = await rows_of(account, head)
    for key, other in (("audit-000003", "audit-000004"), ("audit-000004", "audit-000003")):
        await table_of(account).update_entity({**rows[other], "RowKey": key}, UpdateMode.REPLACE)
    found = first_fault(await evidence_of(account, head))

    assert found
    assert (found.where, found.wrong) == ("record 3", FaultKind.OUT_OF_ORDER)


async def test_rows_that_nobody_recorded_are_found(account: Account) -> None:
    for template, key, where in (
        ("audit-000005", "audit-000006", "record 6"),
        ("decision-000001", "decision-x", "decision x"),
    ):
        head = await whole_review(account)
        rows = await rows_of(account, head)
        await table_of(account).create_entity({**rows[template], "RowKey": key})
        found = first_fault(await evidence_of(account, head))
        assert found
        assert found.where == where


async def test_a_head_that_holds_nonsense_is_named(account: Account) -> None:
    head = await whole_review(account)
    change = {"PartitionKey": head.review_id, "RowKey": "head", "policy": "{"}
    await table_of(account).update_entity(change, UpdateMode.MERGE)
    with pytest.raises(FaultError, match="the review's head: edited"):
        await stored_evidence(account.books, head.review_id)


async def test_a_record_that_slips_between_two_pages_is_not_taken_for_a_gap(account: Account) -> None:
    head = first_head(approvals_needed=3)
    for step in STEPS[:3]:
        await step(account, head)

    async def another_decides() -> None:
        await record_decision(account.books, head.review_id, said(2))

    account.wire.rows_one_by_one = True
    account.wire.step_in(after(4, another_decides))
    found = await stored_evidence(account.ledger, head.review_id)
    assert found
    assert first_fault(found) is None


@pytest.mark.parametrize("kind", [publishing, archiving])
async def test_the_moved_document_names_the_last_record_before_the_move(account: Account, kind: Any) -> None:
    move = await kind(account)
    closed = await account.close(move.head, await move.run(account))
    evidence = await evidence_of(account, closed)
    copy = await copy_of(account.documents, evidence)
    assert copy
    assert copy["location"] == closed.location
    named = copy["metadata"]

    assert (named["auditrecord"], named["auditdigest"]) == ("1", evidence.records[0].digest)
    assert closed.verdict in (Verdict.APPROVE, Verdict.REJECT)
