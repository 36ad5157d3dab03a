"""When reviewers are reminded, when a review is escalated, when its time is over."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from compliance.policy import Policy

Later = Callable[[datetime, timedelta], datetime]  # a moment so much time later, by the clock or in business time


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is due when, in UTC. Computed once, when the reviewers' time begins. An escalation precedes the deadline."""

    deadline: datetime
    reminders: tuple[datetime, ...] = ()  # in their order
    escalation: datetime | None = None
    extended_deadline: datetime | None = None  # in force from the escalation on

    @property
    def last_deadline(self) -> datetime:
        """Until when a decision is in time.

        Where an escalation extends the deadline it is the extended one from the beginning: whoever has not decided by
        the first deadline has been escalated before, at the latest as soon as the app is up again.
        """
        return self.extended_deadline or self.deadline


class DueKind(StrEnum):
    """What is to be done."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    DEADLINE = "deadline"


class Due(NamedTuple):
    """What is to be done next, and when. `number` counts reminders from 1."""

    kind: DueKind
    at: datetime
    number: int = 0


def schedule_of(policy: Policy, begins: datetime, later: Later = operator.add) -> Schedule:
    """The schedule of a review whose reviewers' time begins now."""
    deadline, escalation = later(begins, policy.deadline), policy.escalation
    extends = escalation is not None and bool(escalation.extends_deadline)
    return Schedule(
        deadline=deadline,
        reminders=tuple(later(begins, after) for after in sorted(policy.reminders)),
        escalation=later(begins, escalation.after) if escalation else None,
        extended_deadline=later(deadline, escalation.extends_deadline) if escalation and extends else None,
    )


def next_due(schedule: Schedule, reminders_sent: int, escalated: bool, now: datetime) -> Due:
    """What is due next; it may be overdue.

    Of several reminders that are overdue only the last is sent, and none once the time is over.
    """
    if schedule.last_deadline <= now:
        return Due(DueKind.DEADLINE, schedule.last_deadline)
    dues: list[Due] = []
    number = max(reminders_sent + 1, sum(at <= now for at in schedule.reminders))
    if number <= len(schedule.reminders):
        dues.append(Due(DueKind.REMINDER, schedule.reminders[number - 1], number))
    if schedule.escalation and not escalated:
        dues.append(Due(DueKind.ESCALATION, schedule.escalation))
    dues.append(Due(DueKind.DEADLINE, schedule.last_deadline if escalated else schedule.deadline))
    return min(dues, key=lambda due: due.at)
