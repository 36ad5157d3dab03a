"""Decisions, head and document are what the records commit to, or checking says which is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.chain_check import Anchor, Wrong
from contracts.evidence import first_wrong
from tests.builders import SHA256
from tests.journeys import approved

EVIDENCE = approved().evidence()
COLUMNS = [(number, name) for number, decision in enumerate(EVIDENCE.decisions) for name in decision if name != "seq"]


def fault(**changes: Any) -> tuple[str, Wrong]:
    found = first_wrong(replace(EVIDENCE, **changes))
    assert found
    return found.where, found.wrong


def with_decision(number: int, **changes: Any) -> dict[str, Any]:
    decisions = list(EVIDENCE.decisions)
    decisions[number] = {**decisions[number], **changes}
    return {"decisions": tuple(decisions)}


def test_what_was_written_has_no_fault() -> None:
    anchor = Anchor("the completion event", 5, str(EVIDENCE.lines[-1].digest))
    assert first_wrong(replace(EVIDENCE, anchors=(anchor,), document_sha256=SHA256)) is None


@pytest.mark.parametrize(("number", "column"), COLUMNS)
def test_a_decision_with_one_byte_changed_is_not_the_one_that_was_recorded(number: int, column: str) -> None:
    value = EVIDENCE.decisions[number][column]
    edited = with_decision(number, **{column: chr(ord(value[0]) ^ 1) + value[1:]})
    assert fault(**edited) == (f"decision {number + 1}, of record {number + 3}", Wrong.EDITED)


@pytest.mark.parametrize("number", [0, 1])
def test_a_decision_with_a_word_added_is_not_the_one_that_was_recorded(number: int) -> None:
    assert fault(**with_decision(number, note="added")) == (
        f"decision {number + 1}, of record {number + 3}",
        Wrong.EDITED,
    )


@pytest.mark.parametrize("number", [0, 1])
def test_a_decision_that_was_deleted_is_missed(number: int) -> None:
    kept = EVIDENCE.decisions[:number] + EVIDENCE.decisions[number + 1 :]
    assert fault(decisions=kept) == (f"decision {number + 1}, of record {number + 3}", Wrong.MISSING)


def test_a_decision_that_nobody_recorded_is_foreign() -> None:
    added = (*EVIDENCE.decisions, {**EVIDENCE.decisions[0], "seq": 3})
    assert fault(decisions=added) == ("decision 3", Wrong.FOREIGN)


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "rejected"},
        {"location": "published/elsewhere.pdf"},
        {"submitter": None},
        {"deadline": "2027-01-01T00:00:00Z"},
        {"document": {**EVIDENCE.head["document"], "sha256": "0" * 64}},
        {"policy": {**EVIDENCE.head["policy"], "approvalsNeeded": 1}},
        {"policy": {**EVIDENCE.head["policy"], "version": "2"}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_head_that_says_other_things_than_the_records_is_edited(changes: dict[str, Any]) -> None:
    head = {name: value for name, value in {**EVIDENCE.head, **changes}.items() if value is not None}
    assert fault(head=head) == ("the review's head", Wrong.EDITED)


def test_a_document_under_another_name_is_not_the_one_of_the_review() -> None:
    document = {**EVIDENCE.head["document"], "name": "reports/other.pdf"}
    assert fault(head={**EVIDENCE.head, "document": document}) == ("the document", Wrong.FOREIGN)


def test_other_bytes_are_not_those_decided_on() -> None:
    assert fault(document_sha256="0" * 64) == ("the document", Wrong.EDITED)


@pytest.mark.parametrize("records", [3, 5])
def test_an_anchor_that_others_keep_must_agree(records: int) -> None:
    anchor = Anchor("the completion event", records, "0" * 64)
    assert fault(anchors=(anchor,)) == (f"record {records}", Wrong.EDITED)
