"""Times of the past as people name them."""

from __future__ import annotations

from datetime import date

import pytest

from cli.failures import CommandError
from cli.local_time import LocalTime
from cli.reports.periods import beginning, end, first_day, last_day
from tests.unit.cli.screens import TIME

TODAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-02-05", "2026-02-05", "2026-02-05"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("0d", "2026-03-03", "2026-03-03"),
        ("30d", "2026-02-01", "2026-02-01"),
    ],
)
def test_a_day_a_month_and_days_ago(text: str, first: str, last: str) -> None:
    assert (str(first_day(text, TODAY)), str(last_day(text, TODAY))) == (first, last)


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13", "2026-02-30", "-1d", "9999d", "9999-12"])
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(CommandError, match="is no day"):
        last_day(text, date(1, 1, 1) if text == "9999d" else TODAY)


def test_days_begin_and_end_where_the_person_is() -> None:
    assert beginning("2026-03", TIME).isoformat() == "2026-03-01T00:00:00+01:00"
    assert end("2026-03", TIME).isoformat() == "2026-04-01T00:00:00+02:00"
    here = LocalTime(TIME.now)
    assert beginning("2026-03-01", here) == beginning("2026-03-01", here).astimezone()
