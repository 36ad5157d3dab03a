"""Business time: adding working hours to a moment, by a calendar with a time zone and holidays."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from holidays import country_holidays

from compliance.policy import Calendar
from compliance.schedule import Later

_DAY = timedelta(days=1)
_MOST_DAYS = 20 * 366  # how far ahead to look


class OutOfReachError(ValueError):
    """So much working time does not pass within twenty years; the calendar or the hours are a mistake."""


def later_by(calendar: Calendar | None) -> Later:
    """Return the function that adds time to a moment: in the calendar's working hours, or by the clock without one.

    It raises OutOfReachError, but never for a policy that `contracts.policy_file.checks` has accepted.
    """
    if calendar is None:
        return operator.add
    return lambda moment, time: _after(calendar, moment, time)


def _after(calendar: Calendar, moment: datetime, working_time: timedelta) -> datetime:
    """Return the moment (UTC) at which this much business time has passed.

    Hours are real ones: on a day whose clock is put forward within working hours there is one less.
    """
    left = working_time
    for opens, closes in _working_hours(calendar, moment):
        begins = max(opens, moment)
        if begins + left <= closes:
            return begins + left
        left -= max(closes - begins, timedelta(0))
    raise OutOfReachError(f"no {working_time} of working time pass within {_MOST_DAYS // 366} years")


def _working_hours(calendar: Calendar, since: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the opening and closing (UTC) of each working day, from the local day of `since` on."""
    zone = ZoneInfo(calendar.time_zone)
    closed = country_holidays(calendar.country, calendar.subdivision) if calendar.country else frozenset[date]()
    first = since.astimezone(zone).date()
    for day in (first + number * _DAY for number in range(_MOST_DAYS)):
        if day.weekday() in calendar.working_days and day not in closed and day not in calendar.holidays:
            yield (
                datetime.combine(day, calendar.opens, zone).astimezone(UTC),
                datetime.combine(day, calendar.closes, zone).astimezone(UTC),
            )
