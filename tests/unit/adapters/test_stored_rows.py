"""Rows that an earlier release has written stay readable and proved, whatever fields have come since.

`stored_review.json` is one review as it lay in the table, `stored_opening.json` another one's opening row. They are
never written anew: what does not read them any more would not read the ledgers of those who use the product.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableEntity

from adapters.ledger import rows as ledger_rows
from compliance.outcome import Outcome, ReviewState, Verdict
from evidence.checks import Evidence, first_wrong
from evidence.head_facts import head_content
from evidence.past_state import state_after
from local.stack.audit_trail import broken_at

STORED = Path(__file__).with_name("stored_review.json")


class Row(TableEntity):
    """A row as the SDK returns it."""

    def __init__(self, columns: dict[str, Any], timestamp: str) -> None:
        super().__init__(columns)
        self._metadata = {"timestamp": timestamp}


ROWS = {each["columns"]["RowKey"]: Row(**each) for each in json.loads(STORED.read_text(encoding="utf-8"))}


def rows_of(kind: str) -> list[Row]:
    return [row for key, row in sorted(ROWS.items()) if key.startswith(kind)]


def evidence() -> Evidence:
    return Evidence(
        ROWS["head"]["PartitionKey"],
        head_content(ledger_rows.head_of(ROWS["head"])),
        tuple(ledger_rows.line_of(row) for row in rows_of("audit-")),
        tuple(ledger_rows.decision_content_of(row) for row in rows_of("decision-")),
    )


def test_the_head_is_read_as_it_was() -> None:
    head = ledger_rows.head_of(ROWS["head"])
    assert (head.state, head.verdict, head.outcome) == (ReviewState.CLOSED, Verdict.APPROVE, Outcome.APPROVED)
    assert (head.last_seq, head.last_audit) == (2, 5)
    assert head.location == "published/reports/annual report.pdf"


def test_an_opening_row_is_all_that_opening_needs() -> None:
    row = json.loads(STORED.with_name("stored_opening.json").read_text(encoding="utf-8"))
    head = ledger_rows.head_of(row)
    assert (head.review_id, head.state, head.inspected) == (row["RowKey"], ReviewState.OPEN, False)
    assert (head.document.container, head.document.length) == ("pending", 2048)
    assert (head.policy.document_class, head.submitter) == ("default", "sam@example.org")


def test_its_decisions_and_its_history_are_read_as_they_were() -> None:
    decisions = [ledger_rows.decision_of(row) for row in rows_of("decision-")]
    assert [(row.seq, row.decision.reviewer, row.decision.comment) for row in decisions] == [
        (1, "rita-1", "my phone is 555-0100"),
        (2, "rita-2", "my phone is 555-0100"),
    ]
    assert [ledger_rows.audit_of(row).event for row in rows_of("audit-")] == [
        "review_opened",
        "document_inspected",
        "decision_recorded",
        "decision_recorded",
        "review_closed",
    ]


def test_it_is_still_proved() -> None:
    assert first_wrong(evidence()) is None


@pytest.mark.parametrize(("records", "state"), [(1, "open"), (3, "open"), (4, "decided"), (5, "closed")])
def test_its_past_is_still_told(records: int, state: str) -> None:
    found = state_after(evidence().lines, records)
    assert found
    assert found.facts["state"] == state


def test_the_chain_can_be_checked_with_the_standard_library_alone() -> None:
    assert broken_at(rows_of("audit-")) is None


@pytest.mark.parametrize("number", range(1, 6))
def test_and_that_check_finds_an_edited_or_missing_record(number: int) -> None:
    rows: list[dict[str, Any]] = [dict(row) for row in rows_of("audit-")]
    edited = [*rows[: number - 1], rows[number - 1] | {"who": "mallory"}, *rows[number:]]
    assert broken_at(edited) == number
    assert broken_at(rows[: number - 1] + rows[number:]) == (number if number < 5 else None)
