"""A review that the app has written is always supported by the rules; one that an insider made up is named.

The insider of these tests writes whole transactions with right digests, as who may write the table can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import verdict
from compliance.content import ContentFinding, ContentPolicy, Finding, Measure
from compliance.history import AuditEvent
from compliance.outcome import Outcome, Reason, ReviewState, Verdict, Vote
from compliance.people.delegation import Delegation
from compliance.policy import Calendar, Escalation, Part, Policy, Stage
from compliance.review import Decision, Head, RecordedDecision
from compliance.rounds import escalate, open_stage, remind
from compliance.rulings import Ruling, Transition
from compliance.schedule import Schedule
from compliance.transitions import begin, close, expire, note, open_review, record, restart, supersede, vanish, withdraw
from compliance.verdict import Tally
from contracts.policy_file.business_time import later_by
from evidence.chain_check import Fault, FaultKind
from evidence.checks import Evidence, first_fault
from evidence.rule_check import first_unsupported_record
from tests.builders import REQUESTED_AT, SUBMITTER, decision, document, policy, uninspected_review
from tests.examples import at_most
from tests.journeys import Journey, approved, hour
from tests.model.ledger_in_memory import LedgerInMemory
from tests.model.steps import Rules, Step
from tests.model.strategies import (
    AT_LAST,
    mixed_rules,
    orders_of_steps,
    orders_with_delegations,
    rules_with_delegations,
    schedules,
)
from tests.model.translation import transact_under

ANN, BEN, EVE, MARIA = "ann@example.org", "ben@example.org", "eve@example.org", "maria@example.org"
TWO_STAGES = (Stage("legal", (Part((ANN, BEN), 1),)), Stage("finance", (Part((EVE,), 1),)))
ESCALATION = Escalation(timedelta(hours=48), (MARIA,), timedelta(hours=24))
OFFICE_HOURS = Calendar("Europe/Berlin", (0, 1, 2, 3, 4), time(9), time(17), "DE")
PLACE = "published/reports/annual report.pdf"
REFUSED = {"state": ReviewState.DECIDED, "verdict": Verdict.REJECT}
PASSED = {"state": ReviewState.DECIDED, "verdict": Verdict.APPROVE}
EXPIRED = {"state": ReviewState.DECIDED, "verdict": Verdict.EXPIRE}


def said(reviewer: str, vote: Vote = Vote.APPROVE, at: float = 1, **words: Any) -> Decision:
    name = f"{reviewer} {vote} {at}"
    moment = REQUESTED_AT + timedelta(hours=at)
    return decision(
        decision_id=name, message_id=name, digest=name, reviewer=reviewer, vote=vote, enqueued_at=moment, **words
    )


def begun(findings: tuple[Finding, ...] = (), head: dict[str, Any] | None = None, **rules_of_it: Any) -> Journey:
    journey = Journey()
    named = {"reviewers": (ANN, BEN, EVE), "approvals_needed": 2}
    rules_in_force = policy(**(rules_of_it if "stages" in rules_of_it else named | rules_of_it))
    journey.make(open_review(uninspected_review(policy=rules_in_force, **(head or {}))))
    later = later_by(rules_in_force.calendar)
    journey.then(lambda head: begin(head, document(), REQUESTED_AT, None, later, findings=findings))
    return journey


def told(journey: Journey, *words: Decision) -> Journey:
    for word in words:
        journey.decide(word)
    return journey


def fault_of(journey: Journey) -> tuple[str, FaultKind] | None:
    found = first_fault(journey.evidence())
    return (found.where, found.wrong) if found else None


# What the app writes


@at_most(100)
@given(
    steps=st.one_of(orders_of_steps(), orders_with_delegations()),
    schedule=schedules,
    rules=st.one_of(mixed_rules, rules_with_delegations),
    other=st.sampled_from(Verdict),
)
def test_whatever_happens_to_a_review_is_supported_and_no_other_verdict_of_it_is(
    steps: list[Step], schedule: list[tuple[int, bool]], rules: Rules, other: Verdict
) -> None:
    ledger = LedgerInMemory(transact_under(rules))
    ledger.run(steps, schedule)
    ledger.run(AT_LAST, [])
    made = list(transitions_of(ledger))
    assert fault_of(linked(made)) is None

    ending = next(number for number, step in enumerate(made) if step.head.verdict)
    turned = [replace(step, head=replace(step.head, verdict=other)) if step.head.verdict else step for step in made]
    found = first_fault(linked(turned).evidence())
    assert (found is None) == (other is made[-1].head.verdict)
    assert found is None or (found.where.endswith(f"record {ending + 1}"), found.wrong) == (True, FaultKind.UNSUPPORTED)


def transitions_of(ledger: LedgerInMemory) -> Iterator[Transition]:
    for before, after in zip(ledger.versions, ledger.versions[1:], strict=False):
        assert after.head
        new = after.decisions[len(before.decisions) :]
        yield Transition(after.head, new[0] if new else None, after.audit[-1])


def linked(made: list[Transition]) -> Journey:
    """Return the rows that these transactions write, each with its right digest."""
    journey = Journey()
    for step in made:
        journey.make(step)
    return journey


def staged() -> Journey:
    journey = begun(stages=TWO_STAGES)
    journey.decide(said(ANN))
    journey.then(lambda head: open_stage(head, hour(2)))
    journey.then(lambda head: remind(head, 2, hour(3)))
    journey.decide(said(EVE, at=0.5))  # it lay in its queue until its stage opened
    return journey


def changed_mind() -> Journey:
    journey = begun(may_change_mind=True, reject_veto=False)
    return told(journey, said(ANN), said(ANN, Vote.REJECT, 2), said(BEN, at=3), said(ANN, at=4))


def delegated() -> Journey:
    journey = begun()
    journey.decide(said(ANN))
    journey.decide(said("zoe"), Delegation(BEN, "zoe", hour(0), hour(9), hour(0)))
    return journey


def escalated(at: float = 48, **rules_of_it: Any) -> Journey:
    """Let one named reviewer decide, then, after the first deadline, a person added by the escalation."""
    journey = begun(escalation=ESCALATION, **rules_of_it)
    journey.decide(said(ANN))
    journey.then(lambda head: escalate(head, journey.decisions, hour(at)))
    journey.decide(said(MARIA, at=90))
    return journey


MACROS_NEED_THREE: dict[str, Any] = {"content": ContentPolicy(macros=Measure(approvals=3))}
MACROS = (Finding(ContentFinding.MACROS, "a macro"),)


def tightened() -> Journey:
    return told(begun(MACROS, **MACROS_NEED_THREE), said(ANN), said(BEN), said(EVE))


def tightened_and_escalated() -> Journey:
    """`all` of one reviewer stays one, although the findings ask for three where a number is named."""
    all_of_one = (Stage("review", (Part((ANN,), None),)),)
    journey = begun(MACROS, stages=all_of_one, escalation=ESCALATION, **MACROS_NEED_THREE)
    journey.then(lambda head: escalate(head, (), hour(48)))
    journey.decide(said(MARIA, at=50))
    return journey


def in_office_hours() -> Journey:
    return told(begun(calendar=OFFICE_HOURS, escalation=ESCALATION), said(ANN, at=100), said(BEN, at=100))


def refused(findings: tuple[Finding, ...] = (), reason: Reason | None = None) -> Journey:
    journey = Journey()
    journey.make(open_review(uninspected_review()))
    journey.then(lambda head: begin(head, document(), REQUESTED_AT, reason, findings=findings))
    return journey


def ended(step: Callable[[Head], Transition | Ruling | None], **rules_of_it: Any) -> Journey:
    journey = begun(**rules_of_it)
    journey.then(lambda head: note(head, AuditEvent.QUARANTINE_REPLAYED, hour(1), "sue", "message 1"))
    journey.then(restart)
    journey.then(step)
    return journey


def announced() -> Journey:
    journey = Journey()
    heard_of = document(sha256=None, length=7, content_type="text/plain")
    journey.make(open_review(uninspected_review(document=heard_of)))
    journey.then(lambda head: begin(head, replace(heard_of, sha256="5f" * 32, length=2048), REQUESTED_AT, None))
    return journey


def earlier_people() -> Journey:
    """Open the review of a document whose only reviewers have submitted and changed earlier versions."""
    journey = Journey()
    rules = policy(reviewers=(ANN, BEN))
    people = {"submitter": None, "earlier_submitters": (ANN,), "earlier_modifiers": (BEN,)}
    journey.make(open_review(uninspected_review(policy=rules, case_id="ab" * 32, previous_review="cd" * 32, **people)))
    journey.then(lambda head: begin(head, document(), REQUESTED_AT, None))
    assert journey.heads[-1].reason == Reason.APPROVAL_UNREACHABLE
    return journey


def superseded_unseen() -> Journey:
    journey = Journey()
    journey.make(open_review(uninspected_review(case_id="ab" * 32, previous_review="cd" * 32)))
    journey.then(supersede)
    return journey


WRITTEN: dict[str, Journey] = {
    "stages": staged(),
    "changed minds": changed_mind(),
    "delegated": delegated(),
    "escalated": escalated(),
    "escalated by a timer that fired early": escalated(at=48 - 1 / 3600),
    "escalated from all": escalated(approvals_needed=None),
    "tightened": tightened(),
    "tightened and escalated": tightened_and_escalated(),
    "office hours": in_office_hours(),
    "announced with its length and type": announced(),
    "veto": told(begun(), said(ANN), said(BEN, Vote.REJECT)),
    "no veto": told(begun(reject_veto=False), said(ANN), said(BEN, Vote.REJECT), said(EVE)),
    "unreachable": told(begun(reject_veto=False, approvals_needed=None), said(ANN), said(BEN, Vote.REJECT)),
    "nobody to ask": begun(reviewers=(SUBMITTER,), approvals_needed=None),
    "changes requested": told(begun(), said(ANN, Vote.REQUEST_CHANGES)),
    "malware": refused((Finding(ContentFinding.MALWARE, "found"),)),
    "too large": refused(reason=Reason.TOO_LARGE),
    "withdrawn": ended(lambda head: withdraw(head, SUBMITTER, hour(2), "")),
    "expired": ended(lambda head: expire(head, hour(72))),
    "expired later": ended(lambda head: expire(head, hour(96)), escalation=ESCALATION),
    "superseded": ended(supersede),
    "superseded unseen": superseded_unseen(),
    "gone": ended(vanish),
    "people of earlier versions": earlier_people(),
}


@pytest.mark.parametrize("journey", WRITTEN.values(), ids=WRITTEN)
def test_what_the_app_writes_is_supported(journey: Journey) -> None:
    assert fault_of(journey) is None


@pytest.mark.parametrize(
    ("prevented", "reason"),
    [
        (None, None),
        (Outcome.SUPERSEDED, None),
        (Outcome.GONE, None),
        (Outcome.FAILED, Reason.TARGET_TAKEN),
        (Outcome.FAILED, None),
    ],
)
@pytest.mark.parametrize("name", [name for name, journey in WRITTEN.items() if journey.heads[-1].verdict])
def test_so_is_its_closing_whatever_became_of_the_move(
    name: str, prevented: Outcome | None, reason: Reason | None
) -> None:
    journey = deepcopy(WRITTEN[name])
    journey.then(lambda head: close(head, hour(99), PLACE, prevented, reason))
    assert fault_of(journey) is None


def test_each_decision_is_weighed_once_or_twice_however_many_came_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [said((ANN, BEN)[number % 2], at=number) for number in range(30)]
    journey = told(begun(may_change_mind=True, approvals_needed=3), *words)
    weighed: list[Vote] = []

    def counted(tally: Tally, vote: Vote, rules_of_it: Policy, barred: frozenset[str]) -> Tally:
        weighed.append(vote)
        return weigh(tally, vote, rules_of_it, barred)

    weigh = verdict._judge
    monkeypatch.setattr(verdict, "_judge", counted)
    assert fault_of(journey) is None
    assert len(weighed) <= 2 * len(words)


# What an insider makes up


def forged(journey: Journey, *steps: tuple[Decision, dict[str, Any]]) -> Journey:
    """Decisions that nothing was asked about, each with what it is said to have come to; then the closing."""
    for word, outcome in steps:
        row = RecordedDecision(len(journey.decisions) + 1, word)
        made_up(journey, AuditEvent.DECISION_RECORDED, word, row, last_seq=row.seq, **outcome)
    if journey.heads[-1].state is ReviewState.DECIDED:
        journey.then(lambda head: close(head, hour(99), PLACE))
    return journey


def made_up(
    journey: Journey, event: AuditEvent, word: Decision, row: RecordedDecision | None = None, **changes: Any
) -> Journey:
    """Make a transaction of any kind, with any changes of the head."""
    who, detail = (word.reviewer, word.vote) if row else (None, None)
    audited = Transition.audited(replace(journey.heads[-1], **changes), event, word.enqueued_at, who, detail)
    journey.make(replace(audited, decision=row))
    return journey


def recorded_as(word: Decision, **otherwise: Any) -> Journey:
    """Record a decision that counts, under an audit record that says something else."""
    journey = begun()
    counted = record(journey.heads[-1], (), word)
    assert counted
    made = counted.transition
    journey.make(replace(made, audit=replace(made.record, **otherwise)))
    return journey


def let_through(findings: tuple[Finding, ...]) -> Journey:
    """Record an inspection whose findings had no consequence."""
    journey = begun(**MACROS_NEED_THREE)
    opened, inspected = journey.heads
    audited = Transition.audited(
        replace(inspected, findings=findings, last_audit=1),
        AuditEvent.DOCUMENT_INSPECTED,
        REQUESTED_AT,
        None,
        inspected.document.sha256,
    )
    return linked([open_review(replace(opened, last_audit=0, audit_digest=None)), audited])


def begun_until(deadline: datetime) -> Journey:
    """Record an inspection with a later deadline than the policy allows."""
    opened, inspected = begun().heads
    longer = replace(inspected, schedule=Schedule(deadline), deadline=deadline, last_audit=1)
    begins = Transition.audited(longer, AuditEvent.DOCUMENT_INSPECTED, REQUESTED_AT, None, inspected.document.sha256)
    return linked([open_review(replace(opened, last_audit=0, audit_digest=None)), begins])


AT_TEN = said(ANN, at=10)

MADE_UP: dict[str, tuple[Journey, str]] = {
    "too few approvals": (forged(begun(), (said(ANN), PASSED)), "decision 1, of record 3"),
    "before the request": (
        forged(begun(approvals_needed=1), (said(ANN, at=-1), PASSED)),
        "decision 1, of record 3",
    ),
    "in the place of somebody, received long after the end": (
        forged(
            begun(approvals_needed=1),
            (
                said(
                    "zoe",
                    on_behalf_of=ANN,
                    delegated_from=hour(0),
                    delegated_until=hour(2),
                    copy_enqueued_at=hour(9),
                ),
                PASSED,
            ),
        ),
        "decision 1, of record 3",
    ),
    "earlier than the record before": (recorded_as(said(ANN), at=hour(-1)), "decision 1, of record 3"),
    "a copy from before it was sent": (
        forged(begun(approvals_needed=1), (said(ANN, copy_enqueued_at=hour(0)), PASSED)),
        "decision 1, of record 3",
    ),
    "too few of all": (forged(begun(approvals_needed=None), (said(ANN), PASSED)), "decision 1, of record 3"),
    "the submitter's own": (
        forged(begun(reviewers=(), approvals_needed=1), (said(SUBMITTER.upper()), PASSED)),
        "decision 1, of record 3",
    ),
    "the last modifier's": (
        forged(begun(head={"modifier": ANN}, approvals_needed=1), (said(ANN), PASSED)),
        "decision 1, of record 3",
    ),
    "one person twice": (forged(begun(), (said(ANN), {}), (said(ANN.upper()), PASSED)), "decision 2, of record 4"),
    "one message twice": (
        forged(begun(reviewers=()), (said(ANN), {}), (replace(said(BEN), decision_id=said(ANN).decision_id), PASSED)),
        "decision 2, of record 4",
    ),
    "nobody's reviewer": (
        forged(begun(approvals_needed=1), (said("mallory@example.org"), PASSED)),
        "decision 1, of record 3",
    ),
    "after the deadline": (
        forged(begun(), (said(ANN), {}), (said(BEN, at=72.001), PASSED)),
        "decision 2, of record 4",
    ),
    "after the extended deadline": (
        forged(escalated(approvals_needed=3), (said(BEN, at=97), PASSED)),
        "decision 3, of record 6",
    ),
    "a stage skipped": (forged(begun(stages=TWO_STAGES), (said(ANN), PASSED)), "decision 1, of record 3"),
    "a stage ahead": (
        forged(begun(stages=TWO_STAGES), (said(EVE), {}), (said(ANN), PASSED)),
        "decision 1, of record 3",
    ),
    "a stage opened too early": (
        made_up(begun(stages=TWO_STAGES), AuditEvent.STAGE_OPENED, AT_TEN, stage=1, requested_stage=1),
        "record 3",
    ),
    "an approval after a veto": (
        forged(begun(), (said(BEN, Vote.REJECT), {}), (said(ANN), {}), (said(EVE), PASSED)),
        "decision 1, of record 3",
    ),
    "changes asked for and forgotten": (
        forged(begun(), (said(BEN, Vote.REQUEST_CHANGES), {}), (said(ANN), {}), (said(EVE), PASSED)),
        "decision 1, of record 3",
    ),
    "a rejection without a comment": (
        forged(begun(comment_required_on_reject=True), (said(ANN, Vote.REJECT), REFUSED)),
        "decision 1, of record 3",
    ),
    "a rejection that nobody gave": (forged(begun(), (said(ANN), REFUSED)), "decision 1, of record 3"),
    "unreachable where it is not": (
        forged(
            begun(reject_veto=False),
            (said(ANN, Vote.REJECT), REFUSED | {"reason": Reason.APPROVAL_UNREACHABLE}),
        ),
        "decision 1, of record 3",
    ),
    "an approval that was not taken": (
        forged(begun(), (said(ANN), {}), (said(BEN), {}), (said(EVE, Vote.REJECT), REFUSED)),
        "decision 2, of record 4",
    ),
    "about other bytes": (
        forged(begun(approvals_needed=1), (said(ANN, document_sha256="00" * 32), PASSED)),
        "decision 1, of record 3",
    ),
    "in another's place, too late": (
        forged(
            begun(approvals_needed=1),
            (said("zoe", on_behalf_of=ANN, delegated_from=hour(-9), delegated_until=hour(0)), PASSED),
        ),
        "decision 1, of record 3",
    ),
    "in another's place, who has decided": (
        forged(
            begun(),
            (said(ANN), {}),
            (said("zoe", on_behalf_of=ANN, delegated_from=hour(0), delegated_until=hour(9)), PASSED),
        ),
        "decision 2, of record 4",
    ),
    "fewer approvals than the findings ask for": (
        forged(let_through(MACROS), (said(ANN), {}), (said(BEN), PASSED)),
        "decision 2, of record 4",
    ),
    "malware let through": (let_through((Finding(ContentFinding.MALWARE, "found"),)), "record 2"),
    "after the end": (forged(approved(), (said(EVE), {})), "decision 3, of record 6"),
    "expired too early": (made_up(begun(), AuditEvent.DEADLINE_PASSED, AT_TEN, **EXPIRED), "record 3"),
    "expired unasked": (
        made_up(linked([open_review(uninspected_review())]), AuditEvent.DEADLINE_PASSED, AT_TEN, **EXPIRED),
        "record 2",
    ),
    "approved by nobody": (made_up(begun(), AuditEvent.REVIEWERS_REMINDED, AT_TEN, **PASSED), "record 3"),
    "escalated too early": (
        made_up(begun(escalation=ESCALATION), AuditEvent.REVIEW_ESCALATED, AT_TEN, escalated=True, deadline=hour(96)),
        "record 3",
    ),
    "escalated by no rule": (
        made_up(begun(), AuditEvent.REVIEW_ESCALATED, said(ANN, at=50), escalated=True),
        "record 3",
    ),
    "more time than the policy gives": (
        made_up(begun(), AuditEvent.REVIEWERS_REMINDED, AT_TEN, deadline=hour(999), reminders_sent=1),
        "record 3",
    ),
    "the submitter forgotten": (made_up(begun(), AuditEvent.REVIEW_RESTARTED, AT_TEN, submitter=None), "record 1"),
    "other rules meanwhile": (
        made_up(begun(), AuditEvent.QUARANTINE_REPLAYED, AT_TEN, policy=policy(approvals_needed=1)),
        "record 3",
    ),
    "a deadline from the start that the policy does not give": (
        forged(begun_until(hour(999)), (said(ANN, at=500), {}), (said(BEN, at=500), PASSED)),
        "record 2",
    ),
    "another time than the decision's": (recorded_as(said(ANN), at=hour(2)), "decision 1, of record 3"),
    "another person than the decision's": (recorded_as(said(ANN), who=BEN), "decision 1, of record 3"),
    "another word than the decision's": (
        recorded_as(said(ANN), detail=Vote.REQUEST_CHANGES),
        "decision 1, of record 3",
    ),
    "closed while open": (
        made_up(begun(), AuditEvent.REVIEW_CLOSED, AT_TEN, state=ReviewState.CLOSED, outcome=Outcome.APPROVED),
        "record 3",
    ),
    "opened twice": (made_up(begun(), AuditEvent.REVIEW_OPENED, AT_TEN), "record 3"),
}


@pytest.mark.parametrize(("journey", "where"), MADE_UP.values(), ids=MADE_UP)
def test_what_the_rules_do_not_lead_to_is_named(journey: Journey, where: str) -> None:
    assert fault_of(journey) == (where, FaultKind.UNSUPPORTED)


def test_a_withdrawal_before_the_inspection_is_named() -> None:
    journey = linked([open_review(uninspected_review())])
    withdrawn = replace(journey.heads[-1], state=ReviewState.DECIDED, verdict=Verdict.WITHDRAW)
    journey.make(Transition.audited(withdrawn, AuditEvent.REVIEW_WITHDRAWN, hour(1), SUBMITTER, ""))

    assert fault_of(journey) == ("record 2", FaultKind.UNSUPPORTED)


def test_a_record_without_the_time_that_its_event_needs_is_named() -> None:
    journey = begun()
    journey.then(lambda head: Transition.audited(head, AuditEvent.REVIEWERS_REMINDED, None))

    fault = first_fault(journey.evidence())

    assert str(fault) == "record 3: unsupported: the rules have nothing of the kind: it has no time"


@pytest.mark.parametrize(
    ("journey", "outcome"),
    [
        (told(begun(), said(ANN, Vote.REJECT)), Outcome.APPROVED),
        (told(begun(), said(ANN), said(BEN)), Outcome.REJECTED),
        (ended(lambda head: expire(head, hour(72))), Outcome.WITHDRAWN),
    ],
)
def test_an_outcome_that_is_not_its_verdicts_is_named(journey: Journey, outcome: Outcome) -> None:
    closed = close(journey.heads[-1], hour(99), PLACE)
    journey.make(replace(closed, head=replace(closed.head, outcome=outcome)))
    assert fault_of(journey) == (f"record {len(journey.records)}", FaultKind.UNSUPPORTED)


def test_it_says_what_the_rules_lead_to() -> None:
    refused_by = [str(first_fault(MADE_UP[name][0].evidence())) for name in ("one person twice", "too few approvals")]
    assert refused_by == [
        "decision 2, of record 4: unsupported: the rules do not allow it: ANN@EXAMPLE.ORG has decided already; "
        "one person counts once",
        "decision 1, of record 3: unsupported: by the rules: state unchanged, not decided; "
        "verdict unchanged, not approve",
    ]


# What no review holds

NONSENSE: tuple[Any, ...] = (None, -1, 2**60, "nonsense", "2026-03-02T09:30:00", "P9999999D", [], {})
RICH = [WRITTEN[name].evidence() for name in ("delegated", "office hours", "escalated", "tightened")]


@pytest.mark.parametrize("evidence", RICH, ids=["delegated", "office hours", "escalated", "tightened"])
def test_nonsense_in_any_place_is_a_fault_or_nothing_that_matters_but_never_a_crash(evidence: Evidence) -> None:
    for _, other in changed(evidence.head):
        assert isinstance(first_unsupported_record(other, evidence.records, evidence.decisions), Fault | None)
    for number, decision_row in enumerate(evidence.decisions):
        for place, other in changed(decision_row):
            if place != ("seq",):  # which the records commit to
                rows = (*evidence.decisions[:number], other, *evidence.decisions[number + 1 :])
                assert isinstance(first_unsupported_record(evidence.head, evidence.records, rows), Fault | None)
    for number, stored in enumerate(evidence.records):
        for place, facts in changed(stored.content["facts"]):
            if place[0] not in ("decision", "document"):  # whose shape the chain's check has seen to
                records = list(evidence.records)
                records[number] = replace(stored, content=stored.content | {"facts": facts})
                found = first_unsupported_record(evidence.head, records, evidence.decisions)
                assert place[0] == "policy" or (found and found.where.endswith(f"record {number + 1}"))


def changed(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield copies with nonsense in one place, for each place and each kind of nonsense."""
    entries = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, inner in entries:
        for where, other in [((*place, key), wrong) for wrong in NONSENSE if wrong != inner] + list(
            changed(inner, (*place, key))
        ):
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = other
            yield where, copy
