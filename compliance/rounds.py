"""Transitions of an open review that send its reviewers another message: a next stage, a reminder, an escalation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from compliance.history import AuditEvent
from compliance.outcome import ReviewState
from compliance.people.identity import person_key
from compliance.policy_changes import add_reviewers
from compliance.review import Head, RecordedDecision
from compliance.rulings import Transition
from compliance.verdict import tally_of


def audience_of(head: Head, recorded: Sequence[RecordedDecision]) -> tuple[str, ...]:
    """Return the reviewers of the open stage who may still decide, spelled as in the policy. Empty if anyone may."""
    unavailable = _unavailable(head, recorded)
    named = dict.fromkeys(name for part in head.policy.stages[head.stage].parts for name in part.reviewers)
    return tuple(name for name in named if person_key(name) not in unavailable)


def _unavailable(head: Head, recorded: Sequence[RecordedDecision]) -> frozenset[str]:
    """Return the people who may not decide (any more), by `person_key`."""
    return tally_of(recorded, head.policy, head.barred).decided | head.barred | head.without_right


def people_asked(head: Head, stage: int | None = None) -> tuple[str, ...]:
    """Return whom a policy names in a stage, by default the last one that was open, with those who were replaced."""
    parts = head.policy.stages[head.stage if stage is None else stage].parts
    named = [name for part in parts for name in part.reviewers]
    return (*named, *(change.replaced for change in head.reassignments)) if named else ()


def awaited(head: Head, recorded: Sequence[RecordedDecision]) -> tuple[str, ...]:
    """Return the named reviewers who were asked in the open stage and may still decide, spelled as in the policy."""
    return audience_of(head, recorded) if _is_asked(head) else ()


def awaits(head: Head, recorded: Sequence[RecordedDecision], person: str) -> bool:
    """Return whether a person may decide now in a stage that is open to anyone."""
    is_open = any(not part.reviewers for part in head.policy.stages[head.stage].parts)
    return _is_asked(head) and is_open and may_take_part(head, recorded, person)


def may_take_part(head: Head, recorded: Sequence[RecordedDecision], person: str) -> bool:
    """Return whether nothing but the policy's lists of reviewers can keep a person from deciding."""
    return person_key(person) not in _unavailable(head, recorded)


def _is_asked(head: Head) -> bool:
    return head.state is ReviewState.OPEN and head.inspected and head.requested_stage >= head.stage


def open_stage(head: Head, at: datetime) -> Transition:
    """Note that the reviewers of the open stage are about to be asked. `begin` does so for the first stage."""
    if head.state is not ReviewState.OPEN or head.requested_stage >= head.stage:
        return Transition(head)
    opened = replace(head, requested_stage=head.stage)
    return Transition.audited(opened, AuditEvent.STAGE_OPENED, at, None, head.policy.stages[head.stage].name)


def remind(head: Head, number: int, at: datetime) -> Transition:
    """Note that reminder `number` (from 1) is about to be sent; earlier ones that were not sent are skipped."""
    if head.state is not ReviewState.OPEN or head.reminders_sent >= number:
        return Transition(head)
    reminded = replace(head, reminders_sent=number)
    return Transition.audited(reminded, AuditEvent.REVIEWERS_REMINDED, at, None, f"reminder {number}")


def escalated_to(head: Head) -> tuple[str, ...]:
    """Return the people to whom the policy escalates, without those whose right has ended."""
    names = head.policy.escalation.to if head.policy.escalation else ()
    return tuple(name for name in names if person_key(name) not in head.without_right)


def escalate(head: Head, recorded: Sequence[RecordedDecision], at: datetime) -> Transition:
    """Add the people whom the policy escalates to, and put the extended deadline in force.

    People who have decided in this review already are not added: they have had their one place in it.
    """
    if head.state is not ReviewState.OPEN or not head.inspected or head.escalated:
        return Transition(head)
    names = escalated_to(head)
    decided = tally_of(recorded, head.policy, head.barred).decided
    new = (name for name in names if person_key(name) not in decided)
    policy = add_reviewers(head.policy, head.stage, new, head.barred)
    escalated = replace(head, policy=policy, escalated=True, deadline=head.last_deadline)
    return Transition.audited(escalated, AuditEvent.REVIEW_ESCALATED, at, None, ", ".join(names) or None)
