"""When what is due: absolute times, computed once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from compliance.policy import Escalation
from compliance.schedule import Due, DueKind, Schedule, next_due, schedule_of
from tests.builders import REQUESTED_AT, policy


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


def at(count: float) -> datetime:
    """So many hours after reviewers were asked."""
    return REQUESTED_AT + hours(count)


def stated(**changes: Any) -> Schedule:
    """Return the schedule of a policy."""
    return schedule_of(policy(**changes), REQUESTED_AT)


REMINDED = stated(reminders=(hours(24), hours(48)))
ESCALATED = stated(reminders=(hours(24), hours(48)), escalation=Escalation(hours(48), ("boss",), hours(24)))


class TestComputing:
    def test_a_policy_without_more_has_a_deadline_only(self) -> None:
        assert stated() == Schedule(at(72))
        assert stated().last_deadline == at(72)

    def test_reminders_come_in_their_order(self) -> None:
        assert stated(reminders=(hours(48), hours(24))).reminders == (at(24), at(48))

    def test_an_escalation_extends_the_deadline(self) -> None:
        assert (ESCALATED.escalation, ESCALATED.deadline, ESCALATED.last_deadline) == (at(48), at(72), at(96))

    def test_an_escalation_that_gives_no_more_time_leaves_the_deadline(self) -> None:
        schedule = stated(escalation=Escalation(hours(48), ("boss",)))
        assert (schedule.extended_deadline, schedule.last_deadline) == (None, at(72))

    def test_business_time_counts_for_all_of_it_and_the_extension_from_the_deadline(self) -> None:
        asked = policy(reminders=(hours(24),), escalation=Escalation(hours(48), ("boss",), hours(24)))
        slow = schedule_of(asked, REQUESTED_AT, lambda moment, time: moment + 2 * time)
        assert slow == Schedule(at(144), (at(48),), at(96), at(192))


@pytest.mark.parametrize(
    ("schedule", "sent", "escalated", "now", "due"),
    [
        (stated(), 0, False, 0, Due(DueKind.DEADLINE, at(72))),
        (stated(), 0, False, 80, Due(DueKind.DEADLINE, at(72))),
        (REMINDED, 0, False, 0, Due(DueKind.REMINDER, at(24), 1)),
        (REMINDED, 1, False, 24, Due(DueKind.REMINDER, at(48), 2)),
        (REMINDED, 1, False, 23.9, Due(DueKind.REMINDER, at(48), 2)),  # timers may fire early
        (REMINDED, 2, False, 48, Due(DueKind.DEADLINE, at(72))),
        (REMINDED, 0, False, 50, Due(DueKind.REMINDER, at(48), 2)),  # the app was down over both
        (REMINDED, 0, False, 72, Due(DueKind.DEADLINE, at(72))),
        (ESCALATED, 1, False, 30, Due(DueKind.REMINDER, at(48), 2)),
        (ESCALATED, 2, False, 48, Due(DueKind.ESCALATION, at(48))),
        (ESCALATED, 2, True, 48, Due(DueKind.DEADLINE, at(96))),
        (ESCALATED, 2, False, 80, Due(DueKind.ESCALATION, at(48))),  # down over escalation and first deadline
        (ESCALATED, 0, False, 80, Due(DueKind.REMINDER, at(48), 2)),
        (ESCALATED, 0, False, 96, Due(DueKind.DEADLINE, at(96))),
    ],
)
def test_what_is_due_next(schedule: Schedule, sent: int, escalated: bool, now: float, due: Due) -> None:
    assert next_due(schedule, sent, escalated, at(now)) == due
