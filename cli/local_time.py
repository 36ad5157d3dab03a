"""Times as a person at a terminal reads them: in their own zone, and counted from now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, Self

from contracts.plain_text import quantity

_UNITS: Final = (
    ("day", "d", timedelta(days=1)),
    ("hour", "h", timedelta(hours=1)),
    ("minute", "min", timedelta(minutes=1)),
    ("second", "s", timedelta(seconds=1)),
)
_COUNTED_DOWN_TO: Final = 2  # of a unit: below that, the next smaller one is used


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The moment at which a command was given, and the zone of whoever gave it. It decides nothing."""

    now: datetime
    zone: tzinfo | None = None  # None: that of this computer

    @classmethod
    def here(cls) -> Self:
        """Return the time of day on this computer."""
        return cls(datetime.fromtimestamp(time.time(), UTC))

    @property
    def today(self) -> date:
        """The day that it is here."""
        return self.now.astimezone(self.zone).date()

    def stamp(self, at: datetime) -> str:
        """Return a time to the second, such as `2026-11-29 14:51:07 CET`."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"

    def moment(self, at: datetime) -> str:
        """Return a time to the minute, such as `tomorrow 14:51` or `29 Nov 14:51`."""
        local = at.astimezone(self.zone)
        return f"{self._day(local.date())} {local:%H:%M}"

    def clock(self, at: datetime) -> str:
        """Return the time of day, such as `14:51:07`."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"

    def day(self, at: datetime) -> str:
        """Return a day, such as `29 Nov 2026`."""
        local = at.astimezone(self.zone)
        return f"{local.day} {local:%b %Y}"

    def with_distance(self, at: datetime) -> str:
        """Return a time and how far away it is, such as `29 Nov 14:51 (in 2 days)`."""
        return f"{self.moment(at)} ({self.distance(at)})"

    def distance(self, at: datetime) -> str:
        """Return how far away a time is, such as `in 2 days` or `3 hours ago`."""
        number, unit, _ = _largest_unit(abs(at - self.now))
        if number == 0:
            return "now"
        return f"in {quantity(number, unit)}" if at > self.now else f"{quantity(number, unit)} ago"

    def due(self, at: datetime) -> str:
        """Return when something is due, in few letters, such as `due in 2 d` or `overdue 3 h`."""
        number, _, short = _largest_unit(abs(at - self.now))
        return f"{'due in' if at > self.now else 'overdue'} {number} {short}"

    def _day(self, day: date) -> str:
        match (day - self.today).days:
            case 0:
                return "today"
            case 1:
                return "tomorrow"
            case -1:
                return "yesterday"
        return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != self.today.year else "")


def utc(at: datetime | None) -> str | None:
    """Return a time as programs read it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if at else None


def time_taken(taken: timedelta) -> str:
    """Return how long something took, such as `3 h` or `12 min`."""
    number, _, short = _largest_unit(taken)
    return f"{number} {short}"


def _largest_unit(distance: timedelta) -> tuple[int, str, str]:
    unit, short, length = next((each for each in _UNITS if distance >= _COUNTED_DOWN_TO * each[2]), _UNITS[-1])
    return round(distance / length), unit, short
