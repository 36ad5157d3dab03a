"""Asking for changes, and which reviews of one document name belong together."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.case import MOST_CARRIED, continue_case
from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, Vote
from compliance.policy import Part, Stage
from compliance.review import Head
from compliance.transitions import begin, close, record, withdraw
from tests.builders import (
    DEADLINE,
    REQUESTED_AT,
    REVIEWER,
    SUBMITTER,
    decision,
    document,
    open_review,
    policy,
    uninspected_review,
)

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
        (ended(verdict=Verdict.GONE, outcome=Outcome.GONE), True),
        (ended(verdict=Verdict.GONE, state=ReviewState.DECIDED), True),
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


def superseded(**changes: Any) -> Head:
    return ended(verdict=Verdict.SUPERSEDE, outcome=Outcome.SUPERSEDED, **changes)


class TestEarlierPeople:
    def test_the_submitter_of_the_version_before_may_not_decide_although_this_one_names_nobody(self) -> None:
        nameless = continue_case(uninspected_review(review_id="2" * 64, submitter=None), superseded(modifier="mo"))
        assert (nameless.earlier_submitters, nameless.earlier_modifiers) == ((SUBMITTER,), ("mo",))
        head = begin(nameless, document(), REQUESTED_AT, None).head

        for name, relation in ((SUBMITTER, "submitted an earlier version"), ("Mo", "changed an earlier version")):
            done = record(head, [], decision(reviewer=name))
            assert done
            assert (done.answer, done.writes) == (Answer.NOT_PERMITTED, False)
            assert relation in str(done.explanation)

    def test_nobody_is_forgotten_on_the_way_and_nobody_is_listed_twice(self) -> None:
        first = superseded()
        second = superseded(**people_of(continue_case(uninspected_review(submitter="ann"), first)))
        third = superseded(**people_of(continue_case(uninspected_review(submitter=f"Sam <{SUBMITTER}>"), second)))
        fourth = continue_case(uninspected_review(submitter=None), third)
        assert (second.earlier_submitters, third.earlier_submitters) == ((SUBMITTER,), ("ann",))
        assert fourth.earlier_submitters == ("ann", f"Sam <{SUBMITTER}>")

    def test_who_has_nothing_to_do_with_the_case_is_not_barred(self) -> None:
        new = continue_case(NEW, ended(verdict=Verdict.REJECT, outcome=Outcome.REJECTED, submitter="ann"))
        assert (new.earlier_submitters, new.involved) == ((), {SUBMITTER})

    def test_the_first_people_are_kept_whoever_comes_later(self) -> None:
        head = superseded()
        for number in range(MOST_CARRIED + 5):
            continued = continue_case(uninspected_review(submitter=f"somebody-{number}"), head)
            head = superseded(**people_of(continued))
        assert (len(head.earlier_submitters), head.earlier_submitters[0]) == (MOST_CARRIED, SUBMITTER)

    def test_an_earlier_submitter_may_withdraw_only_what_names_no_submitter_of_its_own(self) -> None:
        for submitter, answer in ((None, Answer.RECORDED), ("ann", Answer.NOT_PERMITTED)):
            head = continue_case(uninspected_review(submitter=submitter), superseded())
            begun = begin(head, document(), REQUESTED_AT, None).head
            done = withdraw(begun, SUBMITTER, DEADLINE, "too early")
            assert done
            assert done.answer is answer

    def test_a_document_without_submitter_can_be_withdrawn_by_nobody_and_that_is_said(self) -> None:
        for submitter, why in ((None, "the document names no submitter"), (SUBMITTER, "only the submitter")):
            refused = withdraw(open_review(submitter=submitter), "ann", DEADLINE, "too early")
            assert refused
            assert str(refused.explanation).startswith(why)


def people_of(head: Head) -> dict[str, Any]:
    return {"submitter": head.submitter, "earlier_submitters": head.earlier_submitters}


def test_a_case_keeps_the_name_of_its_first_review() -> None:
    second = continue_case(NEW, ended(verdict=Verdict.WITHDRAW, outcome=Outcome.WITHDRAWN))
    third = continue_case(
        uninspected_review(review_id="3" * 64), ended(verdict=Verdict.SUPERSEDE, review_id="2" * 64, case_id="1" * 64)
    )
    assert (second.case, third.case, third.previous_review) == ("1" * 64, "1" * 64, "2" * 64)
