"""Who may decide once a review was escalated, and what stays as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.outcome import Answer, Verdict
from compliance.policy import Escalation, Part, Policy, Stage
from compliance.review import Head, RecordedDecision
from compliance.rounds import audience_of, escalate
from compliance.transitions import record
from tests.builders import REQUESTED_AT, SUBMITTER, decision, open_review, policy

ANN, BEN, EVE, MARIA = "ann@example.org", "ben@example.org", "eve@example.org", "maria@example.org"
HOUR = timedelta(hours=1)


def staged(*stages: tuple[Part, ...], to: tuple[str, ...] = (MARIA,), **changes: Any) -> Policy:
    """Return a policy of stages, each with its parts, and an escalation."""
    named = tuple(Stage(str(number), parts) for number, parts in enumerate(stages))
    return policy(stages=named, escalation=Escalation(48 * HOUR, to), **changes)


def after(head: Head, *steps: str) -> tuple[Head, list[Answer | None]]:
    """Return the review after these people's approvals and each `escalate`, with the answers."""
    rows, answers = list[RecordedDecision](), list[Answer | None]()
    for step in steps:
        if step == "escalate":
            head = escalate(head, rows, REQUESTED_AT + 48 * HOUR).head
            continue
        done = record(head, rows, decision(reviewer=step, decision_id=step, message_id=step))
        assert done
        head, rows = done.head, [*rows, done.transition.decision] if done.transition.decision else rows
        answers.append(done.answer)
    return head, answers


def test_who_is_told_fills_one_place_of_a_named_part() -> None:
    head, answers = after(open_review(policy=staged((Part((ANN, BEN), 2),))), MARIA, "escalate", MARIA.upper(), ANN)
    assert answers == [Answer.NOT_PERMITTED, Answer.RECORDED, Answer.RECORDED]
    assert head.verdict is Verdict.APPROVE


def test_one_of_them_fills_one_place_only() -> None:
    both = staged((Part((ANN,), 1, "legal"), Part((BEN,), 1, "finance")))
    head, answers = after(open_review(policy=both), "escalate", MARIA, MARIA.upper())
    assert (head.verdict, answers) == (None, [Answer.RECORDED, Answer.NOT_PERMITTED])


def test_a_part_that_needs_all_needs_as_many_as_before() -> None:
    everybody = staged((Part((ANN, BEN, SUBMITTER), None),))
    assert after(open_review(policy=everybody), "escalate", MARIA)[0].verdict is None
    assert after(open_review(policy=everybody), "escalate", MARIA, BEN)[0].verdict is Verdict.APPROVE


def test_later_stages_are_open_to_them_and_earlier_ones_stay_as_they_were() -> None:
    rules = staged((Part((ANN,)),), (Part((BEN,)),), (Part((EVE,)),))
    head, answers = after(open_review(policy=rules), ANN, "escalate", BEN, MARIA)
    assert (head.verdict, answers) == (Verdict.APPROVE, [Answer.RECORDED] * 3)
    assert head.policy.stages[0] == rules.stages[0]


def test_parts_that_are_open_to_anyone_stay_so() -> None:
    rules = staged((Part((), 2),))
    assert after(open_review(policy=rules), "escalate")[0].policy.stages == rules.stages


def test_who_has_decided_before_has_had_their_one_place() -> None:
    """Else Ben's approval would fill Ann's place by the escalation alone, with nobody deciding."""
    rules = staged((Part((ANN,)), Part((BEN, EVE))), to=(BEN,))
    head, answers = after(open_review(policy=rules), BEN, EVE, "escalate", BEN.upper())
    assert (head.verdict, answers[-1]) == (None, Answer.NOT_PERMITTED)
    assert head.policy.stages == rules.stages


def test_who_is_needed_in_a_later_stage_is_not_taken_away_from_there() -> None:
    rules = staged((Part((ANN,)),), (Part((EVE,)),), to=(EVE,))
    assert after(open_review(policy=rules), "escalate", EVE)[1] == [Answer.STAGE_NOT_OPEN]


@pytest.mark.parametrize("involved", [{"submitter": MARIA}, {"modifier": MARIA}])
def test_separation_of_duties_holds_for_them(involved: dict[str, str]) -> None:
    head = open_review(policy=staged((Part((ANN,)),)), **involved)
    assert after(head, "escalate", MARIA)[1] == [Answer.NOT_PERMITTED]


def test_they_are_asked_with_the_others_from_then_on() -> None:
    head = open_review(policy=staged((Part((ANN, BEN), 2),)))
    assert audience_of(after(head, "escalate")[0], ()) == (ANN, BEN, MARIA)


def test_escalated_once() -> None:
    once = after(open_review(policy=staged((Part((ANN, BEN), None),))), "escalate")[0]
    assert after(once, "escalate")[0] == once
