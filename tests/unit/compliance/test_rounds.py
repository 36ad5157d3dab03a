"""Asking again: each round takes effect once, and none in a review that is decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from compliance.policy import Escalation
from compliance.review import Head
from compliance.rounds import escalate, open_stage, remind
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
