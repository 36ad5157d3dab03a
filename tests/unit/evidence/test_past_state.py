"""Any past state comes from the records alone: it is what the head was then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.outcome import ReviewState
from contracts.digest import digest_of
from evidence.chain import StoredRecord, decision_content
from evidence.head_facts import facts_of, head_content
from evidence.past_state import effective_times, has_last_policy, past_head, state_after, state_at
from tests.builders import REQUESTED_AT
from tests.journeys import STORED_AT, Journey, approved, hour

JOURNEY: Journey = approved()
EVIDENCE = JOURNEY.evidence()


@pytest.mark.parametrize("records", range(1, len(JOURNEY.records) + 1))
def test_after_each_record_it_is_the_head_of_that_moment(records: int) -> None:
    head = JOURNEY.heads[records - 1]
    state = state_after(JOURNEY.records, records)
    assert state
    assert state.facts == {"state": ReviewState.OPEN, **facts_of(head_content(head))}
    known = [row for row in JOURNEY.decisions if row.seq <= head.last_seq]

    assert [(said["reviewer"], said["decision"], said["sha256"]) for said in state.decisions] == [
        (row.decision.reviewer, row.decision.vote, digest_of(decision_content(row))) for row in known
    ]


@pytest.mark.parametrize("records", range(1, len(JOURNEY.records) + 1))
def test_with_the_names_of_the_last_head_it_is_that_head_again(records: int) -> None:
    state = state_after(JOURNEY.records, records)
    assert state
    then = replace(JOURNEY.heads[records - 1], last_audit=0, audit_digest=None, last_at=None)  # of the chain
    assert past_head(state, EVIDENCE.head) == then


def test_a_policy_that_was_another_then_is_known_to_be_one() -> None:
    state = state_after(JOURNEY.records, 2)
    assert state
    assert has_last_policy(state, EVIDENCE.head)
    joined = {**EVIDENCE.head["policy"], "mayChangeMind": True}

    assert not has_last_policy(state, {**EVIDENCE.head, "policy": joined})


@pytest.mark.parametrize(
    ("moment", "records"),
    [
        (STORED_AT - timedelta(microseconds=1), 0),
        (STORED_AT, 1),
        (REQUESTED_AT, 2),
        (hour(1) - timedelta(microseconds=1), 2),
        (hour(1), 3),
        (hour(2), 4),
        (hour(3), 5),
        (datetime(2999, 1, 1, tzinfo=UTC), 5),
    ],
)
def test_a_moment_sees_what_had_happened_by_then(moment: datetime, records: int) -> None:
    state = state_at(JOURNEY.records, moment)
    assert (state.records if state else 0) == records


def test_no_record_takes_effect_before_the_one_before_it() -> None:
    records = list(JOURNEY.records)
    late = {
        **records[2].content,
        "at": hour(5).isoformat(),
    }  # the next one reached the broker before, and counted after
    records[2] = replace(records[2], content=late)
    assert list(effective_times(records))[2:4] == [hour(5), hour(5)]


def test_a_record_without_a_time_of_its_own_has_that_of_its_storage() -> None:
    record: StoredRecord = JOURNEY.records[0]
    assert "at" not in record.content
    assert list(effective_times([record])) == [STORED_AT]
