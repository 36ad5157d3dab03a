"""The schedule of a review: reminders, escalation, deadline."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from compliance.policy import Policy

Later = Callable[[datetime, timedelta], datetime]  # adds time to a moment, by the clock or in business time


@dataclass(frozen=True, slots=True)
class Schedule:
    """Due times in UTC, computed once, when the reviewers' time begins. An escalation precedes the deadline."""

    deadline: datetime
    reminders: tuple[datetime, ...] = ()  # in their order
    escalation: datetime | None = None
    extended_deadline: datetime | None = None  # in force from the escalation on

    @property
    def last_deadline(self) -> datetime:
        """The last moment at which a decision is in time.

        If an escalation extends the deadline, this is the extended one from the beginning: a review that is undecided
        at the first deadline was escalated before it, or will be as soon as the app is up again.
        """
        return self.extended_deadline or self.deadline


class DueKind(StrEnum):
    """A kind of thing to do."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    DEADLINE = "deadline"


class Due(NamedTuple):
    """The next thing to do, and its time. `number` counts reminders from 1."""

    kind: DueKind
    at: datetime
    number: int = 0


def schedule_of(policy: Policy, begins: datetime, later: Later = operator.add) -> Schedule:
    """Compute the schedule of a review whose reviewers' time begins at `begins`."""
    deadline, escalation = later(begins, policy.deadline), policy.escalation
    extends = escalation is not None and bool(escalation.extends_deadline)
    return Schedule(
        deadline=deadline,
        reminders=tuple(later(begins, after) for after in sorted(policy.reminders)),
        escalation=later(begins, escalation.after) if escalation else None,
        extended_deadline=later(deadline, escalation.extends_deadline) if escalation and extends else None,
    )


def next_due(schedule: Schedule, reminders_sent: int, escalated: bool, now: datetime) -> Due:
    """Return the next thing to do; it may be overdue.

    If several reminders are overdue, only the last is sent; once the time is over, no reminder is.
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
