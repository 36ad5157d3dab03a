"""How long reviews took: when they were over, and what a histogram of times says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.outcome import ReviewState, Verdict, Vote
from compliance.rounds import awaits, may_take_part
from compliance.turnaround import (
    BOUNDS,
    decided_at,
    histogram,
    is_decided_by_reviewers,
    is_overdue,
    merged,
    overdue_since,
    quantile,
)
from tests.builders import DEADLINE, REVIEWER, SUBMITTER, open_review, recorded, uninspected_review

LATER = DEADLINE + timedelta(hours=1)


def test_a_review_is_over_with_the_decision_that_ends_it() -> None:
    [approval] = recorded(Vote.APPROVE)
    head = open_review(verdict=Verdict.APPROVE, closed_at=LATER)

    assert is_decided_by_reviewers(head, [approval])
    assert decided_at(head, [approval]) == approval.decision.enqueued_at
    assert not is_overdue(head, [approval])


def test_one_that_nobody_decided_is_over_when_it_is_closed() -> None:
    head = open_review(verdict=Verdict.EXPIRE, closed_at=LATER)

    assert not is_decided_by_reviewers(head, [])
    assert decided_at(head, []) == LATER
    assert is_overdue(head, [])
    assert not is_overdue(replace(head, closed_at=DEADLINE), [])
    assert not is_overdue(replace(head, schedule=None), [])


def test_a_review_that_waits_is_overdue_from_its_first_deadline_on() -> None:
    before, at = DEADLINE - timedelta(seconds=1), DEADLINE
    head = open_review()
    escalated = replace(head, escalated=True, deadline=LATER)
    unasked = uninspected_review()

    assert [overdue_since(head, now) for now in (before, at, LATER)] == [None, DEADLINE, DEADLINE]
    assert [overdue_since(escalated, now) for now in (before, at, LATER)] == [None, DEADLINE, DEADLINE]
    assert overdue_since(unasked, LATER) is None
    assert overdue_since(open_review(state=ReviewState.CLOSED, closed_at=LATER), LATER) is None


def test_in_a_stage_open_to_anyone_all_are_awaited_but_those_who_may_not_decide() -> None:
    head = open_review()

    assert awaits(head, [], REVIEWER)
    assert not may_take_part(head, [], SUBMITTER)
    assert not awaits(head, [], SUBMITTER)


@pytest.mark.parametrize(
    ("minutes", "share", "estimate"),
    [
        ([], 0.5, None),
        ([1], 1.0, timedelta(minutes=1)),
        ([1, 90], 0.95, timedelta(minutes=87)),
        ([10**6], 0.5, BOUNDS[-1]),
    ],
)
def test_a_quantile_is_estimated_within_its_class(minutes: list[int], share: float, estimate: timedelta | None) -> None:
    counts = merged([histogram([]), histogram(timedelta(minutes=each) for each in minutes)])

    assert quantile(counts, share) == estimate
