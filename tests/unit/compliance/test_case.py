"""Asking for changes, and which reviews of one document name belong together."""

from __future__ import annotations

import pytest

from compliance.case import continue_case
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, Vote
from compliance.policy import Part, Stage
from compliance.review import Head
from compliance.transitions import close, record
from tests.builders import DEADLINE, REVIEWER, SUBMITTER, decision, open_review, policy, uninspected_review

ASKED = decision(vote=Vote.REQUEST_CHANGES, comment="name the customer")
NEW = uninspected_review(review_id="2" * 64)


@pytest.mark.parametrize("veto", [True, False])
@pytest.mark.parametrize("approvals", [1, 2, None])
def test_asking_for_changes_ends_the_review_with_that_reason(veto: bool, approvals: int | None) -> None:
    people = (REVIEWER, "raj@example.org", "rosa@example.org")
    done = record(open_review(policy=policy(approvals, people, reject_veto=veto)), [], ASKED)
    assert done
    assert (done.answer, done.head.state) == (Answer.RECORDED, ReviewState.DECIDED)
    assert (done.head.verdict, done.head.reason) == (Verdict.REJECT, Reason.CHANGES_REQUESTED)
    closed = close(done.head, DEADLINE, "archived/x").head

    assert (closed.outcome, closed.reason) == (Outcome.REJECTED, Reason.CHANGES_REQUESTED)


@pytest.mark.parametrize(
    ("reviewer", "answer"),
    [
        (SUBMITTER, Answer.NOT_PERMITTED),
        ("eve@example.org", Answer.NOT_PERMITTED),
        ("raj@example.org", Answer.STAGE_NOT_OPEN),
    ],
)
def test_only_who_may_decide_now_can_ask_for_changes(reviewer: str, answer: Answer) -> None:
    stages = (Stage("one", (Part((REVIEWER,)),)), Stage("two", (Part(("raj@example.org",)),)))
    asked = decision(vote=Vote.REQUEST_CHANGES, comment="name the customer", reviewer=reviewer)
    done = record(open_review(policy=policy(stages=stages)), [], asked)

    assert done
    assert (done.answer, done.head.state) == (answer, ReviewState.OPEN)


def ended(**changes: object) -> Head:
    """Return an earlier review of the same name."""
    return open_review(**{"review_id": "1" * 64, "state": ReviewState.CLOSED, **changes})


@pytest.mark.parametrize(
    ("previous", "joins"),
    [
        (ended(verdict=Verdict.REJECT, outcome=Outcome.REJECTED, reason=Reason.CHANGES_REQUESTED), True),
        (ended(verdict=Verdict.REJECT, state=ReviewState.DECIDED, reason="changes_requested"), True),  # as it is stored
        (ended(verdict=Verdict.SUPERSEDE, outcome=Outcome.SUPERSEDED), True),
        (ended(verdict=Verdict.SUPERSEDE, state=ReviewState.DECIDED), True),
        (ended(verdict=Verdict.WITHDRAW, outcome=Outcome.WITHDRAWN), True),
        (ended(verdict=Verdict.APPROVE, outcome=Outcome.SUPERSEDED), True),  # overwritten while it was moved
        (ended(verdict=Verdict.REJECT, outcome=Outcome.FAILED, reason=Reason.CHANGES_REQUESTED), False),
        (ended(verdict=Verdict.REJECT, outcome=Outcome.REJECTED), False),
        (ended(verdict=Verdict.REJECT, outcome=Outcome.REJECTED, reason=Reason.APPROVAL_UNREACHABLE), False),
        (ended(verdict=Verdict.APPROVE, outcome=Outcome.APPROVED), False),
        (ended(verdict=Verdict.APPROVE, state=ReviewState.DECIDED), False),
        (ended(verdict=Verdict.EXPIRE, outcome=Outcome.EXPIRED), False),
        (ended(verdict=Verdict.WITHDRAW, outcome=Outcome.FAILED), False),
        (ended(state=ReviewState.OPEN), False),
        (None, False),
    ],
)
def test_a_review_joins_the_case_of_the_one_before_where_the_matter_was_left_open(
    previous: Head | None, joins: bool
) -> None:
    head = continue_case(NEW, previous)
    assert (head.case, head.previous_review) == (("1" * 64, "1" * 64) if joins else (NEW.review_id, None))


def test_a_case_keeps_the_name_of_its_first_review() -> None:
    second = continue_case(NEW, ended(verdict=Verdict.WITHDRAW, outcome=Outcome.WITHDRAWN))
    third = continue_case(
        uninspected_review(review_id="3" * 64), ended(verdict=Verdict.SUPERSEDE, review_id="2" * 64, case_id="1" * 64)
    )
    assert (second.case, third.case, third.previous_review) == ("1" * 64, "1" * 64, "2" * 64)
