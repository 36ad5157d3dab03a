"""Who may take part changes while a review runs: rights end, places are reassigned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.history import AuditEvent
from compliance.outcome import Answer, ReviewState, Verdict, Vote
from compliance.people.delegation import Delegation
from compliance.people.reviewers import (
    MOST_REASSIGNMENTS,
    Revocation,
    end_right,
    reassign,
    revocation_refusal,
    takes_part,
    voids,
)
from compliance.policy import Escalation, Part, Stage
from compliance.review import Decision, EndedRight, Head, Reassignment, RecordedDecision
from compliance.rounds import audience_of, escalate
from compliance.rulings import Ruling
from compliance.transitions import begin, record, withdraw
from tests.builders import REQUESTED_AT, SUBMITTER, decision, document, policy, uninspected_review

ANN, BEN, EVE, ZOE, OLGA = (f"{name}@example.org" for name in ("ann", "ben", "eve", "zoe", "olga"))
HOUR = timedelta(hours=1)
NOON = REQUESTED_AT + 3 * HOUR
TWO_STAGES = (Stage("legal", (Part((ANN, BEN), 1),)), Stage("finance", (Part((EVE,), 1),)))


def review(**rules: Any) -> Head:
    opened = uninspected_review(policy=policy(**{"reviewers": (ANN, BEN), "approvals_needed": None} | rules))
    return begin(opened, document(), REQUESTED_AT, None).head


def revoked(person: str = ANN, starts: datetime = NOON, ends: datetime | None = None) -> Revocation:
    return Revocation(EndedRight(person, starts, "has left", ends), OLGA, starts)


def without(head: Head, person: str = ANN, starts: datetime = NOON, ends: datetime | None = None) -> Head:
    return end_right(head, revoked(person, starts, ends), starts).head


def said(reviewer: str, at: datetime, vote: Vote = Vote.APPROVE) -> Decision:
    name = f"{reviewer} {at}"
    return decision(decision_id=name, message_id=name, digest=name, reviewer=reviewer, enqueued_at=at, vote=vote)


def ruled(head: Head, word: Decision, *delegations: Delegation) -> Ruling:
    ruling = record(head, (), word, delegations)
    assert ruling
    return ruling


def given(head: Head, replaced: str, replacement: str, *recorded: RecordedDecision) -> Ruling:
    return reassign(head, recorded, Reassignment(replaced, replacement, "has left"), NOON, OLGA)


class TestEndedRight:
    def test_decisions_from_that_time_on_are_refused_with_the_reason(self):
        refused = ruled(without(review()), said(ANN.upper(), NOON))

        assert refused.answer is Answer.NOT_PERMITTED
        assert "has left" in str(refused.explanation)
        assert ruled(without(review()), said(ANN, NOON - timedelta(microseconds=1))).answer is Answer.RECORDED
        assert ruled(without(review()), said(BEN, NOON)).answer is Answer.RECORDED

    def test_who_has_their_right_back_decides_again(self):
        back = without(without(review()), ends=NOON + HOUR)

        assert ruled(back, said(ANN, NOON + HOUR)).answer is Answer.RECORDED
        assert ruled(back, said(ANN, NOON)).answer is Answer.NOT_PERMITTED

    def test_it_is_noted_once_with_who_ended_it(self):
        noted = end_right(review(), revoked(), NOON)

        assert (noted.record.event, noted.record.who) == (AuditEvent.RIGHT_ENDED, OLGA)
        assert noted.record.detail == f"{ANN} from {NOON.isoformat()}: has left"
        assert not end_right(noted.head, revoked(), NOON).writes

    def test_a_change_of_it_is_noted_in_its_place(self):
        changed = end_right(without(review()), revoked(ends=NOON + HOUR), NOON)

        assert changed.head.ended_rights == (EndedRight(ANN, NOON, "has left", NOON + HOUR),)
        assert f" until {(NOON + HOUR).isoformat()}: " in str(changed.record.detail)

    def test_one_dated_ahead_is_not_noted_yet(self):
        assert not end_right(review(), revoked(), NOON - HOUR).writes

    def test_nothing_changes_in_a_review_that_is_decided(self):
        decided = replace(review(), state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
        assert not end_right(decided, revoked(), NOON).writes

    def test_the_place_stays_open(self):
        head = without(review())

        assert head.state is ReviewState.OPEN
        assert audience_of(head, ()) == (BEN,)
        assert ruled(head, said(BEN, NOON)).head.state is ReviewState.OPEN

    @pytest.mark.parametrize("person", [ANN, ZOE])
    def test_a_delegation_of_either_of_the_two_does_not_count(self, person: str):
        delegation = Delegation(ANN, ZOE, REQUESTED_AT, NOON + HOUR, REQUESTED_AT)

        assert ruled(review(), said(ZOE, NOON), delegation).answer is Answer.RECORDED
        assert ruled(without(review(), person), said(ZOE, NOON), delegation).answer is Answer.NOT_PERMITTED

    def test_the_submitter_without_right_cannot_withdraw(self):
        ruling = withdraw(without(review(), SUBMITTER), SUBMITTER, NOON, "wrong file")
        assert ruling
        assert ruling.answer is Answer.NOT_PERMITTED

    def test_the_review_is_not_escalated_to_them(self):
        head = review(escalation=Escalation(2 * HOUR, (EVE, ZOE)))

        escalated = escalate(without(head, EVE), (), NOON)

        assert escalated.record.detail == ZOE
        assert escalated.head.policy.stages[0].parts[0].reviewers == (ANN, BEN, ZOE)


class TestRevocation:
    def test_delegations_given_before_the_right_came_back_are_over(self):
        delegation = Delegation(ANN, ZOE, REQUESTED_AT, NOON + 9 * HOUR, NOON + HOUR)

        assert voids(revoked(), delegation, NOON)
        assert not voids(revoked(), delegation, NOON - HOUR)
        assert voids(revoked(ends=NOON + 2 * HOUR), delegation, NOON + 3 * HOUR)
        assert not voids(revoked(ends=NOON + HOUR), delegation, NOON + 3 * HOUR)

    def test_the_later_command_counts(self):
        assert revocation_refusal(None, revoked()) is None
        assert revocation_refusal(revoked(), revoked()) is None
        refusal = revocation_refusal(revoked(starts=NOON + HOUR), revoked())
        assert refusal
        assert refusal.answer is Answer.LATE

    def test_it_concerns_reviewers_and_whose_right_was_ended_here(self):
        assert takes_part(review(), ANN)
        assert not takes_part(review(), ZOE)
        assert takes_part(without(review(), ZOE), ZOE)


class TestReassign:
    def test_the_other_person_counts_among_all(self):
        head = given(review(), ANN, ZOE).head

        refused, accepted = ruled(head, said(ANN, NOON)), ruled(head, said(ZOE, NOON))

        assert (refused.answer, accepted.answer) == (Answer.NOT_PERMITTED, Answer.RECORDED)
        assert audience_of(head, ()) == (ZOE, BEN)
        row = accepted.transition.decision
        assert row
        ending = record(accepted.head, (row,), said(BEN, NOON))
        assert ending
        assert ending.head.verdict is Verdict.APPROVE

    def test_it_is_recorded_with_both_names(self):
        ruling = given(review(), ANN, ZOE)

        assert ruling.answer is Answer.RECORDED
        assert (ruling.transition.record.event, ruling.transition.record.who) == (AuditEvent.PLACE_REASSIGNED, OLGA)
        assert ruling.transition.record.detail == f"{ANN} -> {ZOE}: has left"

    def test_the_same_command_again_writes_nothing(self):
        again = given(given(review(), ANN, ZOE).head, ANN, ZOE)
        assert (again.answer, again.writes) == (Answer.RECORDED, False)

    def test_a_later_stage_gets_the_other_person_too(self):
        head = given(review(stages=TWO_STAGES), EVE, ZOE).head
        assert head.policy.stages == (TWO_STAGES[0], Stage("finance", (Part((ZOE,), 1),)))

    def test_a_stage_that_is_over_keeps_its_reviewers(self):
        stages = (Stage("legal", (Part((ANN, BEN), 1),)), Stage("finance", (Part((EVE, BEN), 1),)))
        first = ruled(review(stages=stages), said(ANN, NOON))
        row = first.transition.decision
        assert row

        head = given(first.head, BEN, ZOE, row).head

        assert head.policy.stages == (stages[0], Stage("finance", (Part((EVE, ZOE), 1),)))

    @pytest.mark.parametrize(
        ("replaced", "replacement", "why"),
        [
            (BEN, ZOE, "has decided already"),
            (OLGA, ZOE, "no open place"),
            (ANN, SUBMITTER, "nobody decides on their own"),
            (ANN, EVE, "has a place in this review already"),
            (ANN, BEN, "has a place in this review already"),
            (ANN, "max@example.org", "has left"),
        ],
    )
    def test_what_cannot_be_is_refused(self, replaced: str, replacement: str, why: str):
        stages = (Stage("legal", (Part((ANN, BEN), None),)), Stage("finance", (Part((EVE,), 1),)))
        first = ruled(without(review(stages=stages), "max@example.org"), said(BEN, NOON - HOUR))
        row = first.transition.decision
        assert row

        ruling = given(first.head, replaced, replacement, row)

        assert (ruling.answer, ruling.writes) == (Answer.NOT_PERMITTED, False)
        assert why in str(ruling.explanation)

    def test_who_has_stood_in_for_another_has_had_their_place(self):
        delegation = Delegation(ANN, ZOE, REQUESTED_AT, NOON + HOUR, REQUESTED_AT)
        first = ruled(review(), said(ZOE, NOON), delegation)
        row = first.transition.decision
        assert row
        assert given(first.head, BEN, ZOE, row).answer is Answer.NOT_PERMITTED

    def test_the_submitter_among_the_reviewers_has_no_place(self):
        assert given(review(reviewers=(ANN, SUBMITTER)), SUBMITTER, ZOE).answer is Answer.NOT_PERMITTED

    def test_a_decided_review_has_no_open_place(self):
        decided = replace(review(), state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
        assert given(decided, ANN, ZOE).answer is Answer.LATE

    def test_a_place_goes_on_only_so_often(self):
        head, holder = review(), ANN
        for number in range(MOST_REASSIGNMENTS):
            head, holder = given(head, holder, f"zoe-{number}").head, f"zoe-{number}"
        assert given(head, holder, ZOE).answer is Answer.NOT_PERMITTED
