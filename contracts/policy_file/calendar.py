"""Calendars in the policy file: which hours are business time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holidays import country_holidays
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from compliance.policy import Calendar
from contracts.models import PolicyModel

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"
WORKING_HOURS: Final = rf"^{_CLOCK}-{_CLOCK}$"
COUNTRY: Final = r"^[A-Z]{2}$"
RELATIVE_FILE: Final = r"^[^:/\\][^:]*$"


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone; use a name such as Europe/Berlin") from error
    return name


def _check_hours(hours: str) -> str:
    opens, closes = hours.split("-")
    if opens >= closes:
        raise ValueError("working hours must end after they begin, on the same day; write them as 09:00-17:00")
    return hours


def _parse_if_text(written: object) -> object:
    """Parse a date written as text, as in JSON, which is YAML too. YAML itself has dates."""
    return _parse_date(written) if isinstance(written, str) else written


def _parse_date(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{written[:40]!r} is not a date; write it as 2026-12-24") from error


_Date = Annotated[date, BeforeValidator(_parse_if_text)]


class CalendarPolicy(PolicyModel):
    """Business time: the working hours of working days that are not holidays, in one time zone."""

    time_zone: Annotated[str, AfterValidator(_check_zone)]
    """Name of the time zone in the IANA database, such as Europe/Berlin."""
    working_days: Annotated[tuple[Weekday, ...], Field(strict=False, min_length=1)] = _WEEK[:5]
    """Days of the week on which people work."""
    working_hours: Annotated[str, StringConstraints(pattern=WORKING_HOURS), AfterValidator(_check_hours)] = (
        "09:00-17:00"
    )
    """From when to when people work on these days, in the calendar's time zone."""
    country: Annotated[str, StringConstraints(pattern=COUNTRY)] | None = None
    """ISO 3166-1 code of the country whose public holidays are not working days."""
    subdivision: Annotated[str, StringConstraints(min_length=1, max_length=8)] | None = None
    """State or province of the country, for its own holidays: ISO 3166-2 without the country, such as BE or CA."""
    holidays: Annotated[tuple[_Date, ...], Field(strict=False, max_length=400)] = ()
    """Further dates that are not working days."""
    holidays_file: Annotated[str, StringConstraints(pattern=RELATIVE_FILE)] | None = None
    """Text file, relative to the policy file, with further dates: one per line; # begins a comment."""


def country_mistake(entry: CalendarPolicy) -> str | None:
    """Say what is wrong with the country or its subdivision. None if nothing is."""
    try:
        if entry.country:
            country_holidays(entry.country, entry.subdivision)
    except NotImplementedError as error:
        return f"{error}; see https://holidays.readthedocs.io for the codes that are known"
    if entry.subdivision and not entry.country:
        return "a subdivision needs its country; add country, or remove subdivision"
    return None


def dates_in(text: str, source: str) -> Iterator[date]:
    """Read the dates of a holidays file. Raises ValueError with the first line that is not a date."""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        written = line.partition("#")[0].strip()
        if written:
            try:
                yield _parse_date(written)
            except ValueError as error:
                raise ValueError(f"{source}:{number}: {error}") from error


def calendar_of(entry: CalendarPolicy, further: tuple[date, ...]) -> Calendar:
    """Return the calendar as the rules use it. `further` are the dates of its holidays file."""
    opens, closes = map(time.fromisoformat, entry.working_hours.split("-"))
    return Calendar(
        time_zone=entry.time_zone,
        working_days=tuple(sorted({_WEEK.index(day) for day in entry.working_days})),
        opens=opens,
        closes=closes,
        country=entry.country,
        subdivision=entry.subdivision,
        holidays=tuple(sorted({*entry.holidays, *further})),
    )
