"""Published documents are taken back by whom the policy lets, once, and by nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from compliance.history import AuditEvent
from compliance.outcome import Answer, Outcome, ReviewState, Verdict
from compliance.policy import Part, Stage
from compliance.retraction import finish_retraction, retract
from compliance.review import EndedRight, Head, Retraction
from compliance.rulings import Ruling
from compliance.transitions import withdraw
from tests.builders import REQUESTED_AT, REVIEWER, SUBMITTER, open_review, policy

ANN, BEN, EVE = "ann@example.org", "ben@example.org", "eve@example.org"
AT = REQUESTED_AT + timedelta(days=5)
STAGES = (Stage("legal", (Part((ANN,), 1),)), Stage("finance", (Part((BEN,), 1),)))


def published(**changes: Any) -> Head:
    ended = {"state": ReviewState.CLOSED, "verdict": Verdict.APPROVE, "outcome": Outcome.APPROVED}
    return replace(open_review(), **{**ended, "location": "published/x", **changes})


def taken_back(head: Head | None, by: str = REVIEWER) -> Ruling:
    ruling = retract(head, by, AT, "it names a customer")
    assert ruling
    return ruling


def test_it_is_recorded_with_who_and_why_and_changes_nothing_else() -> None:
    ruling = taken_back(published())

    assert ruling.answer is Answer.RECORDED
    unchanged = {"last_audit": ruling.head.last_audit, "last_at": ruling.head.last_at}
    assert ruling.head == replace(published(), retraction=Retraction(REVIEWER, AT), **unchanged)
    record = ruling.transition.record
    assert (record.event, record.who, record.detail) == (
        AuditEvent.RETRACTION_REQUESTED,
        REVIEWER,
        "it names a customer",
    )


def test_the_same_person_again_is_answered_as_before_and_another_is_late() -> None:
    head = taken_back(published()).head

    again, other = taken_back(head, REVIEWER.upper()), taken_back(head, EVE)

    assert (again.answer, again.writes) == (Answer.RECORDED, False)
    assert (other.answer, other.writes) == (Answer.LATE, False)


@pytest.mark.parametrize(
    ("rules", "may", "may_not"),
    [
        ({"stages": STAGES}, (ANN, BEN), (EVE, SUBMITTER)),
        ({"stages": STAGES, "retractors": (EVE, SUBMITTER)}, (EVE, SUBMITTER), (ANN,)),
        ({}, (EVE, SUBMITTER), ()),
    ],
)
def test_the_policy_says_who_may(rules: dict[str, Any], may: tuple[str, ...], may_not: tuple[str, ...]) -> None:
    head = published(policy=policy(**rules))
    assert {taken_back(head, name).answer for name in may} == {Answer.RECORDED}
    assert {taken_back(head, name).answer for name in may_not} <= {Answer.NOT_PERMITTED}


def test_whose_right_has_ended_may_not() -> None:
    ruling = taken_back(published(ended_rights=(EndedRight(REVIEWER, REQUESTED_AT, "has left"),)))
    since = f"{REQUESTED_AT:%Y-%m-%d %H:%M} UTC"
    expected = f"the right of {REVIEWER} to take part ended on {since}: has left"
    assert (ruling.answer, ruling.explanation) == (Answer.NOT_PERMITTED, expected)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (open_review(), "still open"),
        (replace(open_review(), state=ReviewState.DECIDED, verdict=Verdict.REJECT), "ended as reject"),
        (published(outcome=Outcome.SUPERSEDED), "ended as superseded"),
    ],
)
def test_what_was_not_published_cannot_be_taken_back(head: Head, why: str) -> None:
    ruling = taken_back(head)
    assert (ruling.answer, ruling.writes) == (Answer.NOT_PERMITTED, False)
    assert why in str(ruling.explanation)


@pytest.mark.parametrize("head", [None, published(state=ReviewState.DECIDED, outcome=None)])
def test_what_is_about_to_be_published_is_tried_again(head: Head | None) -> None:
    assert retract(head, REVIEWER, AT, "why") is None


def test_it_is_done_once_wherever_the_document_is_then() -> None:
    head = taken_back(published()).head

    done = finish_retraction(head, "archived/x")

    assert (done.head.location, done.head.retraction) == ("archived/x", Retraction(REVIEWER, AT, done=True))
    assert done.record.event is AuditEvent.DOCUMENT_RETRACTED
    assert not finish_retraction(done.head, "archived/y").writes
    assert not finish_retraction(published(), "archived/x").writes


def test_a_withdrawal_of_a_published_document_is_told_of_it() -> None:
    ruling = withdraw(published(), SUBMITTER, AT, "wrong file")
    assert ruling
    assert "compliance retract" in str(ruling.explanation)
