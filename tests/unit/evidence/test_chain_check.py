"""Whatever is done to a stored record, checking names the first one that is not what was written."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from contracts.digest import digest_of
from evidence.chain import StoredRecord
from evidence.chain_check import Anchor, Fault, FaultKind, anchor_fault, first_chain_fault
from tests.journeys import approved

JOURNEY = approved()
RECORDS = JOURNEY.records
REVIEW = JOURNEY.heads[0].review_id
END = Anchor("the review's head", len(RECORDS), str(RECORDS[-1].digest))
NUMBERS = range(1, len(RECORDS) + 1)
Path = tuple[str, ...]


def places(content: object, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every value in a record, however deep."""
    if isinstance(content, dict):
        for name, inner in content.items():
            yield from places(inner, (*path, name))
    else:
        yield path


def changed(record: StoredRecord, path: Path, change: Callable[[Any], object]) -> StoredRecord:
    """Return a record with one value changed but its old digest."""
    content = copy.deepcopy(record.content)
    at = content
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = change(at[path[-1]])
    return replace(record, content=content)


def one_byte_other(value: Any) -> object:
    return value + 1 if isinstance(value, int) else chr(ord(value[0]) ^ 1) + value[1:]


def sealed(content: dict[str, Any], record: StoredRecord) -> StoredRecord:
    """Give an edited record its right digest, as anybody can who can write to the table."""
    return replace(record, content=content, digest=digest_of(content))


def put(number: int, record: StoredRecord) -> list[StoredRecord]:
    return [*RECORDS[: number - 1], record, *RECORDS[number:]]


def fault(records: list[StoredRecord], end: Anchor = END) -> tuple[str, FaultKind]:
    found = first_chain_fault(REVIEW, records, end)
    assert found
    return found.where, found.wrong


EVERYTHING = [(number, path) for number in NUMBERS for path in places(RECORDS[number - 1].content)]


def test_what_was_written_has_no_fault() -> None:
    assert first_chain_fault(REVIEW, RECORDS, END) is None
    assert all(
        anchor_fault(RECORDS, Anchor("x", number, str(RECORDS[number - 1].digest))) is None for number in NUMBERS
    )


@pytest.mark.parametrize(("number", "path"), EVERYTHING, ids=str)
def test_one_byte_changed_anywhere_is_found_in_its_record(number: int, path: Path) -> None:
    edited = changed(RECORDS[number - 1], path, one_byte_other)
    assert fault(put(number, edited)) == (f"record {number}", FaultKind.EDITED)


@pytest.mark.parametrize(("number", "path"), EVERYTHING, ids=str)
def test_one_byte_changed_under_a_digest_made_anew_is_found_too(number: int, path: Path) -> None:
    edited = changed(RECORDS[number - 1], path, one_byte_other)
    where, _ = fault(put(number, sealed(edited.content, edited)))
    assert where == f"record {number}"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("digest", [None, "", "0" * 64], ids=["none", "empty", "other"])
def test_a_digest_that_is_gone_or_another_is_found_in_its_record(number: int, digest: str | None) -> None:
    assert fault(put(number, replace(RECORDS[number - 1], digest=digest))) == (f"record {number}", FaultKind.EDITED)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "extra", [{"note": "added"}, {"facts": "no object"}, {"length": 2**60}, {"rate": float("nan")}]
)
def test_what_no_record_holds_is_found_in_its_record(number: int, extra: dict[str, Any]) -> None:
    record = RECORDS[number - 1]
    assert fault(put(number, replace(record, content=record.content | extra))) == (f"record {number}", FaultKind.EDITED)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_sealed_record_without_its_facts_is_no_record(number: int) -> None:
    record = RECORDS[number - 1]
    bare = {name: value for name, value in record.content.items() if name != "facts"}
    assert fault(put(number, sealed(bare, record))) == (f"record {number}", FaultKind.EDITED)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_deleted_record_is_missed_at_its_number(number: int) -> None:
    assert fault([*RECORDS[: number - 1], *RECORDS[number:]]) == (f"record {number}", FaultKind.MISSING)


@pytest.mark.parametrize("kept", range(len(RECORDS)))
def test_an_end_that_is_cut_off_is_missed_by_the_head(kept: int) -> None:
    assert fault(RECORDS[:kept]) == (f"record {kept + 1}", FaultKind.MISSING)


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in NUMBERS for other in NUMBERS if one < other])
def test_two_records_in_each_others_place_are_out_of_order_at_the_first(one: int, other: int) -> None:
    records = list(RECORDS)
    records[one - 1], records[other - 1] = records[other - 1], records[one - 1]
    assert fault(records) == (f"record {one}", FaultKind.OUT_OF_ORDER)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_record_of_another_review_is_foreign(number: int) -> None:
    record = RECORDS[number - 1]
    other = sealed(record.content | {"reviewId": "0" * 64}, record)
    assert fault(put(number, other)) == (f"record {number}", FaultKind.FOREIGN)


def test_a_record_that_the_head_does_not_know_is_foreign() -> None:
    content = RECORDS[-1].content | {"seq": len(RECORDS) + 1, "previous": RECORDS[-1].digest}
    assert fault([*RECORDS, sealed(content, RECORDS[-1])]) == (f"record {len(RECORDS) + 1}", FaultKind.FOREIGN)


def rewritten_from(number: int) -> list[StoredRecord]:
    """Return the records after a forger has rewritten one and chained all that follow to it again."""
    records = list(RECORDS)
    for position in range(number - 1, len(records)):
        content = records[position].content | ({"who": "mallory"} if position == number - 1 else {})
        if position:
            content["previous"] = records[position - 1].digest
        records[position] = sealed(content, records[position])
    return records


@pytest.mark.parametrize("number", NUMBERS)
def test_a_trail_that_was_rewritten_to_its_end_is_betrayed_by_every_anchor_after_it(number: int) -> None:
    records = rewritten_from(number)
    own_end = Anchor("the review's head", len(records), str(records[-1].digest))  # the head was rewritten as well
    assert first_chain_fault(REVIEW, records, own_end) is None
    for anchored in NUMBERS:
        anchor = Anchor("the completion event", anchored, str(RECORDS[anchored - 1].digest))
        found = anchor_fault(records, anchor)
        assert (found is None) == (anchored < number)
        assert found is None or (found.where, found.wrong) == (f"record {anchored}", FaultKind.EDITED)


@pytest.mark.parametrize("records", [-1, 0, len(RECORDS) + 1])
def test_an_anchor_of_records_that_are_not_there_is_a_fault(records: int) -> None:
    found = anchor_fault(RECORDS, Anchor("the completion event", records, "0" * 64))
    assert found == Fault(
        f"record {records}",
        FaultKind.MISSING,
        f"the completion event counts {records} records, there are {len(RECORDS)}",
    )
