"""A head that an earlier release has written keeps its policy and its due times, whatever fields have come since.

`stored_staged_head.json` is one head as it lay in the table. It is never written anew.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from adapters.ledger.rows import head_of
from compliance.policy import Calendar, Escalation, Part, Stage
from compliance.schedule import Schedule

HEAD = head_of(json.loads(Path(__file__).with_name("stored_staged_head.json").read_text(encoding="utf-8")))


def test_who_decides_is_read_as_it_was() -> None:
    policy = HEAD.policy
    assert policy.stages == (
        Stage("legal", (Part(("ann", "ben"), 1, "legal"),)),
        Stage("finance", (Part(("eve", "fay"), None, "finance"),)),
    )
    assert (policy.reject_veto, policy.may_change_mind, policy.separation_of_duties) == (False, True, True)
    assert HEAD.barred == {"sam@example.org", "mo"}


def test_what_is_due_when_is_read_as_it_was() -> None:
    assert HEAD.policy.reminders == (timedelta(hours=8),)
    assert HEAD.policy.escalation == Escalation(timedelta(hours=16), ("maria",), timedelta(hours=8))
    assert HEAD.policy.calendar == Calendar(
        "Europe/Berlin", (0, 1, 2, 3, 4), time(9), time(17), "DE", "BE", (date(2026, 12, 24),)
    )
    asked = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # a Monday
    days = [asked + timedelta(days=number) for number in (1, 2, 3, 4)]
    assert HEAD.schedule == Schedule(days[2], (days[0],), days[1], days[3])


def test_how_far_it_is_is_read_as_it_was() -> None:
    assert (HEAD.stage, HEAD.reminders_sent, HEAD.escalated) == (1, 1, True)
    assert HEAD.deadline == datetime(2026, 3, 6, 9, 30, tzinfo=UTC)
