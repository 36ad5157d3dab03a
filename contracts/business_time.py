"""Business time: a moment so many working hours later, by a calendar with time zone and holidays."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from holidays import country_holidays

from compliance.policy import Calendar
from compliance.schedule import Later

_DAY = timedelta(days=1)


def later_by(calendar: Calendar | None) -> Later:
    """How time is added for a policy: in working hours of its calendar, or by the clock where it has none."""
    if calendar is None:
        return operator.add
    return lambda moment, time: _after(calendar, moment, time)


def _after(calendar: Calendar, moment: datetime, working_time: timedelta) -> datetime:
    """The moment (UTC) at which this much working time has passed.

    Hours are real ones: on a day whose clock is put forward within working hours there is one less.
    """
    left = working_time
    for opens, closes in _working_hours(calendar, moment):
        begins = max(opens, moment)
        if begins + left <= closes:
            return begins + left
        left -= max(closes - begins, timedelta(0))
    raise AssertionError("working days never end")


def _working_hours(calendar: Calendar, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Each working day's opening and closing (UTC), from the local day of a moment on."""
    zone = ZoneInfo(calendar.time_zone)
    closed = country_holidays(calendar.country, calendar.subdivision) if calendar.country else frozenset[date]()
    day = since.astimezone(zone).date()
    while True:
        if day.weekday() in calendar.working_days and day not in closed and day not in calendar.holidays:
            yield (
                datetime.combine(day, calendar.opens, zone).astimezone(UTC),
                datetime.combine(day, calendar.closes, zone).astimezone(UTC),
            )
        day += _DAY
