"""Who decides in whose place, and that nobody gains a vote by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.outcome import Answer, Reason, Verdict, Vote
from compliance.people.delegation import Delegation, replacement_refusal
from compliance.people.levels import Level
from compliance.policy import Escalation, Part, Policy, Stage
from compliance.review import Head, RecordedDecision
from compliance.rounds import escalate
from compliance.transitions import record
from evidence.chain import link
from tests.builders import REQUESTED_AT, SUBMITTER, decision, open_review, policy

ANA, BEN, EVE, ZOE = "ana@example.org", "ben@example.org", "eve@example.org", "zoe@example.org"
HOUR = timedelta(hours=1)
AT = REQUESTED_AT + HOUR  # when the decisions of the builders are enqueued
RECORDED, REFUSED = Answer.RECORDED, Answer.NOT_PERMITTED


def away(by: str = ANA, to: str = ZOE, **changes: Any) -> Delegation:
    """Return a delegation that is in force for the hour in which decisions arrive."""
    return replace(Delegation(by, to, AT - HOUR, AT, REQUESTED_AT), **changes)


def staged(*stages: tuple[Part, ...], **changes: Any) -> Policy:
    return policy(stages=tuple(Stage(str(number), parts) for number, parts in enumerate(stages)), **changes)


def said(
    head: Head, *steps: str | tuple[str, Vote], delegations: tuple[Delegation, ...] = (away(),)
) -> tuple[Head, list[Answer | None], list[RecordedDecision]]:
    """Return the review after these people's decisions (approvals by default), the answers and the recorded rows."""
    rows, answers = list[RecordedDecision](), list[Answer | None]()
    for number, step in enumerate(steps):
        who, word = step if isinstance(step, tuple) else (step, Vote.APPROVE)
        sent = decision(reviewer=who, vote=word, decision_id=str(number), message_id=str(number), comment="why")
        done = record(head, rows, sent, [each for each in delegations if each.to == who])
        assert done
        head, rows = done.head, [*rows, done.transition.decision] if done.transition.decision else rows
        answers.append(done.answer)
    return head, answers, rows


BOTH = open_review(policy=policy(2, (ANA, BEN, EVE)))


def test_a_delegates_decision_is_the_one_of_whom_they_stand_in_for() -> None:
    head, answers, [kept, _] = said(BOTH, ZOE, BEN)
    assert (answers, head.verdict) == ([RECORDED] * 2, Verdict.APPROVE)
    assert (kept.decision.reviewer, kept.decision.on_behalf_of) == (ZOE, ANA)
    assert (kept.decision.delegated_from, kept.decision.delegated_until) == (AT - HOUR, AT)


def test_the_audit_record_says_for_whom_and_by_which_dates() -> None:
    done = record(BOTH, [], decision(reviewer=ZOE), [away()])
    assert done
    linked = link(BOTH, done.transition).audit
    assert linked
    committed = linked.facts["decision"]

    assert isinstance(committed, dict)
    assert committed["onBehalfOf"] == ANA
    assert (committed["delegatedFrom"], committed["delegatedUntil"]) == ((AT - HOUR).isoformat(), AT.isoformat())


@pytest.mark.parametrize("steps", [(ZOE, ANA), (ANA, ZOE), (ZOE, ZOE.upper()), (ZOE, ANA.upper())])
def test_both_together_have_one_vote(steps: tuple[str, ...]) -> None:
    delegations = (away(), away(to=ZOE.upper()))
    head, answers, _ = said(BOTH, *steps, delegations=delegations)
    assert (answers, head.verdict) == ([RECORDED, REFUSED], None)


def test_nobody_stands_in_for_two() -> None:
    head, answers, _ = said(BOTH, ZOE, ZOE, delegations=(away(), away(by=BEN)))
    assert (answers, head.verdict) == ([RECORDED, REFUSED], None)


def test_of_several_the_first_that_counts_is_taken() -> None:
    _, answers, rows = said(BOTH, ANA, ZOE, delegations=(away(by=BEN), away()))
    assert answers == [RECORDED] * 2
    assert rows[1].decision.on_behalf_of == BEN


def test_a_reviewer_of_the_open_stage_decides_for_themselves() -> None:
    head, answers, rows = said(BOTH, BEN, ANA, delegations=(away(to=BEN),))
    assert (answers, head.verdict) == ([RECORDED] * 2, Verdict.APPROVE)
    assert rows[0].decision.on_behalf_of is None


def test_who_has_decided_in_an_earlier_stage_stands_in_for_nobody_in_a_later_one() -> None:
    rules = staged((Part((ZOE, BEN)),), (Part((ANA, EVE)),))
    assert said(open_review(policy=rules), ZOE, ZOE)[1] == [RECORDED, REFUSED]


def test_who_stood_in_has_no_place_of_their_own_left() -> None:
    rules = staged((Part((ANA,)),), (Part((ZOE, BEN)),))
    assert said(open_review(policy=rules), ZOE, ZOE, BEN)[1] == [RECORDED, REFUSED, RECORDED]


def test_nobody_stands_in_who_is_needed_later() -> None:
    rules = staged((Part((ANA, BEN)),), (Part((ZOE,)),))
    head, answers, _ = said(open_review(policy=rules), ZOE, BEN, ZOE)
    assert answers == [Answer.STAGE_NOT_OPEN, RECORDED, RECORDED]
    assert (head.verdict, head.reason) == (Verdict.APPROVE, None)


def test_nor_by_a_rejection_that_takes_them_away_from_there() -> None:
    rules = staged((Part((ANA, BEN)),), (Part((ZOE,)),), reject_veto=False)
    head, answers, _ = said(open_review(policy=rules), (ZOE, Vote.REJECT), BEN, ZOE)
    assert answers == [Answer.STAGE_NOT_OPEN, RECORDED, RECORDED]
    assert head.verdict is Verdict.APPROVE


def test_a_rejection_that_would_end_the_review_as_the_one_of_whom_they_stand_in_for_ends_it() -> None:
    rules = staged((Part((ANA,)),), (Part((ZOE,)),), reject_veto=False)
    head, answers, _ = said(open_review(policy=rules), (ZOE, Vote.REJECT))
    assert (answers, head.reason) == ([RECORDED], Reason.APPROVAL_UNREACHABLE)


def test_nobody_has_somebody_stand_in_who_is_needed_later() -> None:
    rules = staged((Part((ANA, BEN)),), (Part((ANA, SUBMITTER)),))
    head, answers, rows = said(open_review(policy=rules), ZOE, BEN, ZOE)
    assert answers == [Answer.STAGE_NOT_OPEN, RECORDED, RECORDED]
    assert (head.verdict, rows[1].decision.on_behalf_of) == (Verdict.APPROVE, ANA)


def test_who_may_stand_in_for_another_later_is_told_so_whoever_has_decided() -> None:
    rules = staged((Part((ANA,)), Part((EVE,))), (Part((BEN,)),))
    delegations = (away(), away(by=BEN))
    _, answers, rows = said(open_review(policy=rules), ANA, ZOE, EVE, ZOE, delegations=delegations)

    assert answers == [RECORDED, Answer.STAGE_NOT_OPEN, RECORDED, RECORDED]
    assert rows[2].decision.on_behalf_of == BEN


def test_a_person_of_a_later_stage_is_told_so_wherever_nobody_can_stand_in() -> None:
    rules = staged((Part((ANA,)), Part((EVE,))), (Part((ZOE,)),))
    assert said(open_review(policy=rules), ANA, ZOE)[1] == [RECORDED, Answer.STAGE_NOT_OPEN]


@pytest.mark.parametrize(
    ("delegation", "counts"),
    [
        (away(starts=AT), True),
        (away(ends=AT), True),
        (away(starts=AT + timedelta(microseconds=1), ends=AT + HOUR), False),
        (away(ends=AT - timedelta(microseconds=1)), False),
    ],
)
def test_it_counts_from_its_first_moment_to_its_last(delegation: Delegation, counts: bool) -> None:
    assert said(BOTH, ZOE, delegations=(delegation,))[1] == [RECORDED if counts else REFUSED]


def test_there_are_no_chains() -> None:
    chain = (away(to=BEN), away(by=BEN))  # Ana to Ben, who is no reviewer here, and Ben to Zoe
    head = open_review(policy=policy(1, (ANA, EVE)))
    assert said(head, ZOE, delegations=chain)[1] == [REFUSED]


@pytest.mark.parametrize("separated", [True, False])
@pytest.mark.parametrize(
    ("involved", "delegation"),
    [
        ({"submitter": ZOE}, away()),
        ({"modifier": ZOE}, away()),
        ({"submitter": ANA}, away()),
        ({"modifier": ANA.upper()}, away()),
    ],
)
def test_submitter_and_last_modifier_neither_stand_in_nor_have_somebody_stand_in(
    separated: bool, involved: dict[str, str], delegation: Delegation
) -> None:
    head = open_review(policy=policy(1, (ANA, BEN), separation_of_duties=separated), **involved)
    assert said(head, ZOE, delegations=(delegation,))[1] == [REFUSED]


def test_where_minds_may_be_changed_both_change_the_one_vote() -> None:
    head = open_review(policy=policy(2, (ANA, BEN, EVE), may_change_mind=True, reject_veto=False))
    head, answers, _ = said(head, ZOE, (ANA, Vote.REJECT), ZOE, (ZOE, Vote.REJECT), ANA, BEN)
    assert (answers, head.verdict) == ([RECORDED] * 6, Verdict.APPROVE)


def test_an_escalation_makes_nobody_a_reviewer_who_has_stood_in_but_lets_them_change_that_vote() -> None:
    rules = policy(2, (ANA, BEN), may_change_mind=True, reject_veto=False, escalation=Escalation(HOUR, (ZOE,)))
    head, _, rows = said(open_review(policy=rules), ZOE)
    head = escalate(head, rows, AT).head
    again = record(head, rows, decision(reviewer=ZOE, decision_id="again", message_id="again"), [away()])

    assert again
    assert (again.answer, again.transition.decision and again.transition.decision.decision.on_behalf_of) == (
        RECORDED,
        ANA,
    )


def test_a_delegates_rejection_and_request_for_changes_count_like_those_of_a_reviewer() -> None:
    assert said(BOTH, (ZOE, Vote.REJECT))[0].verdict is Verdict.REJECT
    assert said(BOTH, (ZOE, Vote.REQUEST_CHANGES))[0].reason == Reason.CHANGES_REQUESTED


def test_all_of_those_who_may_decide_are_as_many_as_before() -> None:
    head = open_review(policy=policy(None, (ANA, BEN, SUBMITTER)))
    assert said(head, ZOE)[0].verdict is None
    assert said(head, ZOE, BEN)[0].verdict is Verdict.APPROVE


@pytest.mark.parametrize(("key_sets", "answer"), [((), Answer.PROOF_MISSING), (("b.json",), Answer.PROOF_MISSING)])
def test_where_proofs_are_demanded_it_must_have_been_proven_with_the_same_keys(
    key_sets: tuple[str, ...], answer: Answer
) -> None:
    head = open_review(policy=policy(1, (ANA, BEN), proof=Level.OWN_KEY, verification_keys="a.json"))
    signed = away(level=Level.OWN_KEY, key_sets=key_sets)
    assert said(head, ZOE, delegations=(signed,))[1] == [answer]
    assert said(head, ZOE, delegations=(replace(signed, key_sets=("a.json", *key_sets)),))[1] == [RECORDED]


people = st.sampled_from([ANA, BEN, EVE, ZOE])


@given(
    steps=st.lists(st.tuples(people, st.sampled_from([Vote.APPROVE, Vote.APPROVE, Vote.REJECT])), max_size=8),
    pairs=st.sets(st.tuples(people, people).filter(lambda pair: pair[0] != pair[1]), max_size=4),
    stages=st.sampled_from([(Part((ANA, BEN), 2),), (Part((ANA,)),), (Part((BEN, EVE)),)]),
    changing=st.booleans(),
)
def test_whoever_delegates_to_whom_nobody_is_behind_two_places(
    steps: list[tuple[str, Vote]], pairs: set[tuple[str, str]], stages: tuple[Part, ...], changing: bool
) -> None:
    rules = staged(stages, (Part((BEN, ZOE, EVE), 2),), may_change_mind=changing, reject_veto=False)
    _, _, rows = said(open_review(policy=rules), *steps, delegations=tuple(away(by, to) for by, to in pairs))
    places: dict[str, set[str]] = {}
    for row in rows:
        for person in {row.decision.reviewer, row.decision.person}:
            places.setdefault(person, set()).add(row.decision.person)

    assert all(len(filled) == 1 for filled in places.values())
    assert changing or len(rows) == len({row.decision.person for row in rows})


@pytest.mark.parametrize(
    ("stored", "new", "answer"),
    [
        (None, away(), None),
        (away(), away(), None),
        (away(), away(enqueued_at=REQUESTED_AT + HOUR), None),
        (away(enqueued_at=REQUESTED_AT + HOUR), away(), Answer.LATE),
        *(
            (
                away(level=stored),
                away(enqueued_at=REQUESTED_AT + HOUR, level=new),
                None if new.reaches(stored) else Answer.PROOF_MISSING,
            )
            for stored in Level
            for new in Level
        ),
    ],
)
def test_the_later_of_two_counts_if_its_level_is_not_lower(
    stored: Delegation | None, new: Delegation, answer: Answer | None
) -> None:
    refusal = replacement_refusal(stored, new)
    assert (refusal.answer if refusal else None) == answer
