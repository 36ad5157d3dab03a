"""NCRONTAB as the Functions host reads it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from devhost.errors import StartError
from devhost.triggers.schedule import Schedule

NOW = datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("0 */5 * * * *", "2026-11-20T10:05:00"),
        ("*/5 * * * *", "2026-11-20T10:05:00"),
        ("15,45 * * * * *", "2026-11-20T10:00:45"),
        ("0 30 9-17 * * MON-FRI", "2026-11-20T10:30:00"),
        ("0  0 3 1 1 *", "2027-01-01T03:00:00"),
        ("0 0 0 * * 0", "2026-11-22T00:00:00"),
        ("0 0 0 13 * 5", "2027-08-13T00:00:00"),
        ("0 0 8 1-7 * TUE", "2026-12-01T08:00:00"),
    ],
)
def test_the_following_occurrence_is_found(text: str, following: str) -> None:
    found = Schedule(text, "f").following(NOW.timestamp())
    assert f"{datetime.fromtimestamp(found, UTC):%Y-%m-%dT%H:%M:%S}" == following


@pytest.mark.parametrize(
    "text", ["", "@daily", "00:05:00", "* * * *", "0 0 0 * * * *", "61 * * * * *", "0 0 0 L * *", "0 0 0 * * 5#2", "x"]
)
def test_what_is_not_ncrontab_is_refused_with_the_function(text: str) -> None:
    with pytest.raises(StartError, match=r"function f: schedule .* is not NCRONTAB"):
        Schedule(text, "function f")
