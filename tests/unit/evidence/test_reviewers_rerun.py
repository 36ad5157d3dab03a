"""Rights that end and places that are reassigned are supported by the rules; what an insider makes of them is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from compliance.history import AuditEvent
from compliance.outcome import ReviewState, Verdict, Vote
from compliance.people.reviewers import Revocation, end_right, reassign
from compliance.policy import Escalation, Part, Stage
from compliance.review import Decision, EndedRight, Head, Reassignment, RecordedDecision
from compliance.rounds import escalate, open_stage
from compliance.rulings import Transition
from evidence.chain_check import FaultKind
from evidence.checks import first_fault
from evidence.past_state import past_head, state_after
from tests.builders import decision
from tests.journeys import Journey, hour, opened

ANN, BEN, EVE, ZOE, OLGA = (f"{name}@example.org" for name in ("ann", "ben", "eve", "zoe", "olga"))
STAGES = (Stage("legal", (Part((ANN, BEN), None),)), Stage("finance", (Part((EVE,), 1),)))


def said(reviewer: str, at: float, vote: Vote = Vote.APPROVE) -> Decision:
    name = f"{reviewer} {at}"
    return decision(decision_id=name, message_id=name, digest=name, reviewer=reviewer, vote=vote, enqueued_at=hour(at))


def ended(person: str, starts: float, ends: datetime | None = None) -> Callable[[Head], Transition]:
    revocation = Revocation(EndedRight(person, hour(starts), "has left", ends), OLGA, hour(starts))
    return lambda head: end_right(head, revocation, hour(starts + 1))


def reassigned(journey: Journey, replaced: str, replacement: str, at: float) -> None:
    change = Reassignment(replaced, replacement, "has left")
    journey.then(lambda head: reassign(head, journey.decisions, change, hour(at), OLGA))


def left(**rules: Any) -> Journey:
    """Ann leaves, Zoe gets her place, and all approve."""
    journey = opened(stages=STAGES, **rules)
    journey.decide(said(BEN, 1))
    journey.then(ended(ANN, 2))
    reassigned(journey, ANN, ZOE, 4)
    journey.decide(said(ZOE, 5))
    return journey


def fault_of(journey: Journey) -> tuple[str, FaultKind] | None:
    found = first_fault(journey.evidence())
    return (found.where, found.wrong) if found else None


def test_a_leavers_place_that_another_fills_is_supported() -> None:
    journey = left()
    journey.then(lambda head: open_stage(head, hour(6)))
    journey.decide(said(EVE, 7))

    assert journey.head
    assert journey.head.verdict == "approve"
    assert fault_of(journey) is None


def test_places_that_go_on_and_come_back_are_supported() -> None:
    journey = left()
    for number, (one, other) in enumerate([(EVE, ANN), (ANN, OLGA), (OLGA, EVE)]):
        if one == EVE:
            journey.then(ended(ANN, 2, hour(3)))
        reassigned(journey, one, other, 6 + number)
    journey.decide(said(EVE, 10))
    assert fault_of(journey) is None


def test_an_escalation_beside_it_is_supported() -> None:
    journey = opened(reviewers=(ANN, BEN), approvals_needed=None, escalation=Escalation(hour(3) - hour(0), (EVE,)))
    reassigned(journey, ANN, ZOE, 2)
    journey.then(lambda head: escalate(head, journey.decisions, hour(3)))
    reassigned(journey, EVE, OLGA, 4)
    for number, name in enumerate((ZOE, OLGA)):
        journey.decide(said(name, 5 + number))
    assert fault_of(journey) is None


def test_a_decision_after_the_right_has_ended_is_not() -> None:
    journey = left()
    journey.then(ended(EVE, 5.5))

    forged = said(EVE, 7)
    row = RecordedDecision(journey.heads[-1].last_seq + 1, forged)
    head = replace(journey.heads[-1], last_seq=row.seq, state=ReviewState.DECIDED, verdict=Verdict.APPROVE)
    made = Transition.audited(head, AuditEvent.DECISION_RECORDED, forged.enqueued_at, EVE, forged.vote)
    journey.make(replace(made, decision=row))

    assert fault_of(journey) == ("decision 3, of record 8", FaultKind.UNSUPPORTED)


def test_a_decision_of_the_new_reviewer_before_they_were_one_is_not() -> None:
    journey = opened(stages=STAGES)
    forged = said(ZOE, 1)
    head = replace(journey.heads[-1], last_seq=1)
    made = Transition.audited(head, AuditEvent.DECISION_RECORDED, forged.enqueued_at, ZOE, forged.vote)
    journey.make(replace(made, decision=RecordedDecision(1, forged)))
    change = Reassignment(ANN, OLGA, "has left")
    journey.then(lambda head: reassign(head, (), change, hour(2), OLGA))

    assert fault_of(journey) == ("decision 1, of record 3", FaultKind.UNSUPPORTED)


def forged_record(event: AuditEvent, **changes: Any) -> Journey:
    """Return a review with a record of this event that makes these changes to its head."""
    journey = opened(stages=STAGES)
    head = replace(journey.heads[-1], **changes)
    journey.make(Transition.audited(head, event, hour(1), OLGA, "made up"))
    return journey


@pytest.mark.parametrize(
    "journey",
    [
        forged_record(AuditEvent.RIGHT_ENDED),
        forged_record(AuditEvent.RIGHT_ENDED, ended_rights=(EndedRight(ANN, hour(2), "ahead"),)),
        forged_record(AuditEvent.RIGHT_ENDED, ended_rights=(EndedRight(ANN, hour(0).replace(tzinfo=None), "no zone"),)),
        forged_record(AuditEvent.PLACE_REASSIGNED),
        forged_record(AuditEvent.PLACE_REASSIGNED, reassignments=(Reassignment(OLGA, ZOE, "no place"),)),
    ],
)
def test_what_no_rule_makes_is_not(journey: Journey) -> None:
    assert fault_of(journey) in (
        ("record 3", FaultKind.UNSUPPORTED),
        ("the review's head", FaultKind.EDITED),  # it holds what no head can hold
    )


def test_the_past_before_it_is_known() -> None:
    journey = left()
    state = state_after(journey.records, 4)
    assert state
    assert journey.head
    past = past_head(state, journey.evidence().head)
    assert (past.ended_rights, past.reassignments) == (journey.heads[3].ended_rights, ())
