"""Times as a person at a terminal reads them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli.local_time import LocalTime, time_taken

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime.fromisoformat("2026-11-28T23:30:00+00:00")  # half past midnight on 29 November in Berlin
TIME = LocalTime(NOW, BERLIN)


@pytest.mark.parametrize(
    ("hours", "moment", "distance", "due"),
    [
        (0, "today 00:30", "now", "overdue 0 s"),
        (0.2, "today 00:42", "in 12 minutes", "due in 12 min"),
        (1.5, "today 02:00", "in 90 minutes", "due in 90 min"),
        (23, "today 23:30", "in 23 hours", "due in 23 h"),
        (24, "tomorrow 00:30", "in 24 hours", "due in 24 h"),
        (72, "2 Dec 00:30", "in 3 days", "due in 3 d"),
        (24 * 40, "8 Jan 2027 00:30", "in 40 days", "due in 40 d"),
        (-1, "yesterday 23:30", "60 minutes ago", "overdue 60 min"),
        (-50, "26 Nov 22:30", "2 days ago", "overdue 2 d"),
    ],
)
def test_a_time_is_told_from_here_and_now(hours: float, moment: str, distance: str, due: str) -> None:
    at = NOW + timedelta(hours=hours)
    assert (TIME.moment(at), TIME.distance(at), TIME.due(at)) == (moment, distance, due)


def test_a_stamp_names_its_zone() -> None:
    assert TIME.stamp(NOW) == "2026-11-29 00:30:00 CET"
    assert TIME.stamp(NOW - timedelta(days=120)) == "2026-08-01 01:30:00 CEST"
    assert TIME.day(NOW) == "29 Nov 2026"


def test_here_is_the_zone_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", NOW.timestamp)
    here = LocalTime.here()
    assert (here.now, here.stamp(NOW)) == (NOW, f"{NOW.astimezone():%Y-%m-%d %H:%M:%S %Z}")


def test_how_long_something_took() -> None:
    taken = [timedelta(seconds=40), timedelta(minutes=5), timedelta(hours=5), timedelta(days=5)]
    assert [time_taken(each) for each in taken] == ["40 s", "5 min", "5 h", "5 d"]
