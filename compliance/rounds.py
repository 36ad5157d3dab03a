"""Transitions of an open review of which people are told once more: a next stage, a reminder, an escalation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from compliance.identity import identity_of
from compliance.joining import joined
from compliance.outcome import ReviewState
from compliance.review import AuditEvent, Head, RecordedDecision, Transition
from compliance.verdict import progress_of


def audience_of(head: Head, recorded: Sequence[RecordedDecision]) -> tuple[str, ...]:
    """Who of the open stage may still decide, as the policy names them. Empty: anyone."""
    silent = progress_of(recorded, head.policy, head.barred).decided | head.barred
    named = dict.fromkeys(name for part in head.policy.stages[head.stage].parts for name in part.reviewers)
    return tuple(name for name in named if identity_of(name) not in silent)


def open_stage(head: Head, at: datetime) -> Transition:
    """The reviewers of the open stage are about to be asked. Those of the first were when their time began."""
    if head.state is not ReviewState.OPEN or head.requested_stage >= head.stage:
        return Transition(head)
    opened = replace(head, requested_stage=head.stage)
    return Transition.audited(opened, AuditEvent.STAGE_OPENED, at, None, head.policy.stages[head.stage].name)


def remind(head: Head, number: int, at: datetime) -> Transition:
    """Reminder `number` (from 1) is about to be sent; the ones before it are not any more."""
    if head.state is not ReviewState.OPEN or head.reminders_sent >= number:
        return Transition(head)
    reminded = replace(head, reminders_sent=number)
    return Transition.audited(reminded, AuditEvent.REVIEWERS_REMINDED, at, None, f"reminder {number}")


def escalate(head: Head, recorded: Sequence[RecordedDecision], at: datetime) -> Transition:
    """Those named by the policy are about to be told; from now on they may decide and the extended deadline counts.

    Who of them has decided in this review already has had their one place in it.
    """
    if head.state is not ReviewState.OPEN or not head.inspected or head.escalated:
        return Transition(head)
    told = head.policy.escalation.to if head.policy.escalation else ()
    decided = progress_of(recorded, head.policy, head.barred).decided
    policy = joined(head.policy, head.stage, (name for name in told if identity_of(name) not in decided), head.barred)
    escalated = replace(head, policy=policy, escalated=True, deadline=head.last_deadline)
    return Transition.audited(escalated, AuditEvent.REVIEW_ESCALATED, at, None, ", ".join(told) or None)
