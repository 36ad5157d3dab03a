"""Asking again: each round takes effect once, and none in a review that is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.policy import Escalation, Part, Stage
from compliance.review import Head, Reassignment
from compliance.rounds import awaited, escalate, open_stage, people_asked, remind
from compliance.rulings import Transition
from compliance.transitions import begin, expire
from tests.builders import DEADLINE, REQUESTED_AT, document, open_review, policy, uninspected_review

RULES = policy(escalation=Escalation(timedelta(hours=48), ("maria",), timedelta(hours=24)))


def test_a_reminder_takes_effect_once_and_an_earlier_one_not_any_more() -> None:
    second = remind(open_review(), 2, REQUESTED_AT).head
    assert second.reminders_sent == 2
    assert [remind(second, number, REQUESTED_AT).writes for number in (1, 2, 3)] == [False, False, True]


def test_an_escalation_takes_effect_once() -> None:
    head = begin(uninspected_review(policy=RULES), document(), REQUESTED_AT, None).head
    escalated = escalate(head, (), REQUESTED_AT).head
    assert (escalated.escalated, escalated.deadline) == (True, DEADLINE + timedelta(hours=24))
    assert not escalate(escalated, (), REQUESTED_AT).writes


def test_a_stage_is_opened_once_and_the_first_one_by_the_beginning() -> None:
    assert not open_stage(open_review(), REQUESTED_AT).writes
    later = open_review(policy=policy(stages=(*policy().stages, *policy().stages)), stage=1)
    opened = open_stage(later, REQUESTED_AT)

    assert opened.writes
    assert not open_stage(opened.head, REQUESTED_AT).writes


@pytest.mark.parametrize("again", [lambda head: remind(head, 1, DEADLINE), lambda head: escalate(head, (), DEADLINE)])
def test_nothing_is_asked_any_more_once_it_is_decided(again: Callable[[Head], Transition]) -> None:
    decided = expire(open_review(policy=RULES), DEADLINE).head
    made = again(decided)
    assert (made.writes, made.head) == (False, decided)


TWO_STAGES = policy(
    stages=(Stage("first", (Part(("Ann@example.org", "ben@example.org")),)), Stage("anyone", (Part(),)))
)


def test_whom_the_policy_names_and_whom_they_replaced_were_asked_and_nobody_where_anyone_may_decide() -> None:
    moved = open_review(policy=TWO_STAGES, reassignments=(Reassignment("cleo", "Ann@example.org", "has left"),))

    assert people_asked(moved) == people_asked(moved, 0) == ("Ann@example.org", "ben@example.org", "cleo")
    assert people_asked(moved, 1) == ()


def test_those_are_awaited_who_were_asked_and_may_still_decide() -> None:
    asked = open_review(policy=replace(TWO_STAGES, separation_of_duties=True), submitter="BEN@example.org")

    assert awaited(asked, ()) == ("Ann@example.org",)
    assert awaited(replace(asked, requested_stage=-1), ()) == ()
