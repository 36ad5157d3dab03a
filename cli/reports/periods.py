"""Times of the past that a person names: a day, a month, a number of days ago."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Final

import click

from cli.failures import CommandError, ExitCode
from cli.local_time import LocalTime

_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_DAYS_AGO: Final = re.compile(r"(\d{1,4})d")
_FORMS: Final = "a day (2026-10-31), a month (2026-10) or days ago (30d)"

since_option = click.option("--since", metavar="DAY", help=f"From then on: {_FORMS}.")
until_option = click.option("--until", metavar="DAY", help="Up to the end of that day or month.")


def first_day(text: str, today: date) -> date:
    """Return the day that a text names, or the first one of its month. Raises CommandError."""
    return _days(text, today)[0]


def last_day(text: str, today: date) -> date:
    """Return the day that a text names, or the last one of its month. Raises CommandError."""
    return _days(text, today)[1]


def beginning(text: str, here: LocalTime) -> datetime:
    """Return the first moment of what a text names, in the zone of whoever names it. Raises CommandError."""
    return _midnight(first_day(text, here.today), here)


def end(text: str, here: LocalTime) -> datetime:
    """Return the first moment after what a text names. Raises CommandError."""
    return _midnight(last_day(text, here.today) + timedelta(days=1), here)


def _days(text: str, today: date) -> tuple[date, date]:
    try:
        if ago := _DAYS_AGO.fullmatch(text):
            day = today - timedelta(days=int(ago[1]))
            return day, day
        if month := _MONTH.fullmatch(text):
            first = date(int(month[1]), int(month[2]), 1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        day = date.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise CommandError(f"{text!r} is no day: write {_FORMS}", ExitCode.USAGE) from error
    return day, day


def _midnight(day: date, here: LocalTime) -> datetime:
    if here.zone is None:
        return datetime.combine(day, time()).astimezone()
    return datetime.combine(day, time(), here.zone)
