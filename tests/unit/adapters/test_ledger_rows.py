"""What the ledger keeps can be read back and proved, although storage has no column for None."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from azure.data.tables import TableEntity

from adapters.ledger.rows import (
    OutboxEvent,
    audit_row,
    decision_content_of,
    decision_row,
    event_of,
    head_of,
    head_row,
    outbox_row,
    stored_record_of,
)
from compliance.case import MOST_CARRIED
from compliance.history import AuditRecord
from compliance.review import Decision, Head
from evidence.checks import Evidence, first_fault
from evidence.head_facts import head_content
from local.stack.audit_trail import first_broken_record
from tests.journeys import approved

REVIEW = approved()
REVIEW_ID = REVIEW.heads[-1].review_id


class StoredRow(TableEntity):
    """A row as the SDK returns it."""

    def __init__(self, columns: dict[str, Any], timestamp: str) -> None:
        super().__init__(columns)
        self._metadata: Any = {"timestamp": timestamp}


AUDIT_ROWS = [
    StoredRow(audit_row(REVIEW_ID, written), str(record.stored_at))
    for written, record in zip(REVIEW.written, REVIEW.records, strict=True)
]


@pytest.mark.parametrize("kind", [Head, Decision, AuditRecord, OutboxEvent])
def test_what_may_be_none_may_be_missing_from_its_row(kind: type) -> None:
    hints = get_type_hints(kind)
    optional = [each for each in fields(kind) if NoneType in get_args(hints[each.name])]

    assert optional
    assert [each.name for each in optional if each.default is MISSING] == []


@pytest.mark.parametrize("time", [None, "2026-03-02T09:30:00Z"])
def test_an_event_comes_back_from_its_row(time: str | None) -> None:
    event = OutboxEvent("id", "compliance.review.completed.v1", "/reviews/1", {"reviewId": "1"}, time)

    assert event_of(outbox_row(event)) == event


def test_the_people_of_earlier_versions_come_back_from_the_row_of_a_head() -> None:
    head = replace(REVIEW.heads[-1], earlier_submitters=("ann", "ben"), earlier_modifiers=("eve",))

    assert head_of(head_row(head)) == head


def test_the_most_people_of_earlier_versions_fit_into_a_column() -> None:
    row = head_row(replace(REVIEW.heads[-1], earlier_submitters=("\U0001d4d0" * 256,) * MOST_CARRIED))

    assert len(row["earlierSubmitters"].encode("utf-16-le")) // 2 < 32 * 1024


def test_a_review_is_proved_by_its_rows() -> None:
    head = head_of(head_row(REVIEW.heads[-1]))
    records = tuple(map(stored_record_of, AUDIT_ROWS))
    decisions = tuple(decision_content_of(decision_row(REVIEW_ID, row)) for row in REVIEW.decisions)

    assert records == tuple(REVIEW.records)
    assert first_fault(Evidence(REVIEW_ID, head_content(head), records, decisions)) is None


def test_the_chain_can_be_checked_with_the_standard_library_alone() -> None:
    assert first_broken_record(AUDIT_ROWS) is None


@pytest.mark.parametrize("number", range(1, 6))
def test_that_check_finds_an_edited_or_a_missing_record(number: int) -> None:
    rows: list[dict[str, Any]] = [dict(row) for row in AUDIT_ROWS]
    edited = [*rows[: number - 1], rows[number - 1] | {"who": "mallory"}, *rows[number:]]

    assert first_broken_record(edited) == number
    assert first_broken_record(rows[: number - 1] + rows[number:]) == (number if number < 5 else None)
