"""Business time: working hours of working days, in a time zone, without holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from compliance.policy import Calendar
from compliance.schedule import schedule_of
from contracts.policy_file.business_time import later_by
from contracts.policy_file.parsing import PolicyError, parse_policies
from contracts.policy_file.policies import ReadText
from tests.builders import policy
from tests.examples import at_most

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def office(**changes: Any) -> Calendar:
    """Return the calendar Monday to Friday, nine to five, in Berlin."""
    usual: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "working_days": (0, 1, 2, 3, 4),
        "opens": time(9),
        "closes": time(17),
    }
    return Calendar(**usual | changes)


def after(calendar: Calendar | None, moment: datetime, hours: float) -> datetime:
    """So many hours later."""
    return later_by(calendar)(moment, timedelta(hours=hours))


def berlin(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of 2026 in Berlin."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        (berlin(3, 6, 16), 8, berlin(3, 9, 16)),  # Friday afternoon to Monday afternoon
        (berlin(3, 6, 16), 1, berlin(3, 6, 17)),  # the very end of a day, not the next one's beginning
        (berlin(3, 6, 16), 1.5, berlin(3, 9, 9, 30)),
        (berlin(3, 6, 17), 1, berlin(3, 9, 10)),
        (berlin(3, 6, 20), 1, berlin(3, 9, 10)),
        (berlin(3, 7, 12), 1, berlin(3, 9, 10)),  # Saturday
        (berlin(3, 9, 3), 1, berlin(3, 9, 10)),  # before opening
        (berlin(3, 9, 9), 8, berlin(3, 9, 17)),
        (berlin(3, 9, 9), 40, berlin(3, 13, 17)),
        (berlin(3, 9, 12), 80, berlin(3, 23, 12)),
    ],
)
def test_only_working_hours_count(begins: datetime, hours: float, ends: datetime) -> None:
    assert after(office(), begins, hours) == ends


def test_without_a_calendar_every_hour_counts() -> None:
    assert after(None, berlin(3, 6, 16), 8) == berlin(3, 7, 0)


@pytest.mark.parametrize(
    ("calendar", "ends"),
    [
        (office(), berlin(4, 3, 16)),  # Good Friday is a day like any other where no country is named
        (office(country="DE"), berlin(4, 7, 16)),  # Good Friday, Easter Monday
        (office(country="DE", holidays=(date(2026, 4, 7),)), berlin(4, 8, 16)),
        (office(holidays=(date(2026, 4, 3),)), berlin(4, 6, 16)),
    ],
)
def test_holidays_are_skipped(calendar: Calendar, ends: datetime) -> None:
    assert after(calendar, berlin(4, 2, 16), 8) == ends


def test_a_subdivision_has_holidays_of_its_own() -> None:
    womens_day_eve = datetime(2027, 3, 5, 16, tzinfo=BERLIN)  # a Friday; 8 March is a holiday in Berlin, not in Bavaria
    assert after(office(country="DE", subdivision="BY"), womens_day_eve, 8).astimezone(BERLIN).day == 8
    assert after(office(country="DE", subdivision="BE"), womens_day_eve, 8).astimezone(BERLIN).day == 9


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        # Clocks go forward on Sunday 29 March and back on Sunday 25 October 2026: Monday's office hours move in UTC.
        (datetime(2026, 3, 27, 15, tzinfo=UTC), 8, datetime(2026, 3, 30, 14, tzinfo=UTC)),
        (datetime(2026, 10, 23, 14, tzinfo=UTC), 8, datetime(2026, 10, 26, 15, tzinfo=UTC)),
    ],
)
def test_working_hours_follow_the_local_clock_when_it_is_put_forward_or_back(
    begins: datetime, hours: float, ends: datetime
) -> None:
    assert after(office(), begins, hours) == ends


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 3, 30), 24)])
def test_a_day_whose_clock_is_put_forward_within_working_hours_has_one_hour_less(day: date, hours: int) -> None:
    always = office(working_days=tuple(range(7)), opens=time(0), closes=time(23, 59, 59))
    begins = datetime.combine(day, time(0), BERLIN)
    ends = after(always, begins, hours - 1 / 3600)
    assert ends.astimezone(BERLIN).replace(tzinfo=None) == datetime.combine(day, time(23, 59, 59))


def test_a_working_day_is_the_one_of_its_own_time_zone() -> None:
    monday_morning_in_berlin = datetime(2026, 3, 9, 0, 30, tzinfo=UTC)  # still Sunday in New York
    assert after(office(time_zone="America/New_York"), monday_morning_in_berlin, 1) == datetime(
        2026, 3, 9, 10, tzinfo=NEW_YORK
    )


def test_a_whole_schedule_is_business_time_and_utc() -> None:
    asked = policy(deadline=timedelta(hours=16), reminders=(timedelta(hours=8),), calendar=office())
    schedule = schedule_of(asked, berlin(3, 6, 16), later_by(asked.calendar))
    assert (schedule.reminders, schedule.deadline) == ((berlin(3, 9, 16),), berlin(3, 10, 16))
    assert schedule.deadline.tzinfo is UTC


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (zone given beside)
calendars = st.builds(
    office,
    time_zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    working_days=st.sets(st.integers(0, 6), min_size=1).map(sorted).map(tuple),
    opens=st.sampled_from([time(0), time(9)]),
    closes=st.sampled_from([time(12), time(17), time(23, 30)]),
    country=st.sampled_from([None, "DE", "US"]),
)


QUARTER = timedelta(minutes=15)


@at_most(100)
@given(calendar=calendars, begins=moments, quarters=st.integers(1, 60))
def test_it_agrees_with_looking_at_each_quarter_of_an_hour(calendar: Calendar, begins: datetime, quarters: int) -> None:
    moment = begins = begins.replace(minute=begins.minute // 15 * 15, second=0, microsecond=0)
    zone, closed = ZoneInfo(calendar.time_zone), country_holidays(calendar.country) if calendar.country else ()
    counted = 0
    while counted < quarters:
        local = moment.astimezone(zone)
        works = local.weekday() in calendar.working_days and local.date() not in closed
        counted += works and calendar.opens <= local.time() < calendar.closes
        moment += QUARTER

    assert later_by(calendar)(begins, QUARTER * quarters) == moment


@given(calendar=calendars, begins=moments, hours=st.lists(st.floats(0.01, 100), min_size=2, max_size=4))
def test_more_time_never_ends_earlier(calendar: Calendar, begins: datetime, hours: list[float]) -> None:
    ends = [after(calendar, begins, count) for count in sorted(hours)]
    assert all(one <= other for one, other in pairwise(ends))
    assert ends[0] > begins


CALENDAR = """\
version: "1"
calendars:
  office: {CALENDAR}
policies:
  - documentClass: default
    calendar: office
"""


def calendar_of(entry: str, read: ReadText = {}.__getitem__) -> Calendar | None:
    """Return the calendar of a policy file."""
    text = CALENDAR.replace("CALENDAR", entry)
    return parse_policies(text, "policies.yaml", read).resolve("default").calendar


class TestInThePolicyFile:
    def test_monday_to_friday_nine_to_five_where_nothing_else_is_said(self) -> None:
        assert calendar_of("timeZone: Europe/Berlin") == office()

    def test_all_of_it_can_be_said(self) -> None:
        said = (
            "timeZone: Asia/Dubai, workingDays: [sun, mon, thu], workingHours: '08:30-12:00', country: AE, "
            "holidays: [2026-12-24, '2026-12-31']"
        )
        assert calendar_of(said) == Calendar(
            "Asia/Dubai", (0, 3, 6), time(8, 30), time(12), "AE", None, (date(2026, 12, 24), date(2026, 12, 31))
        )

    @pytest.mark.parametrize(
        "entry",
        [
            "timeZone: Europe/Berlin, workingDays: [sun], workingHours: '09:00-09:01'",
            "timeZone: Europe/Berlin, workingHours: '09:00-09:01'",
        ],
    )
    def test_a_deadline_that_hardly_ever_comes_is_a_mistake(self, entry: str) -> None:
        with pytest.raises(PolicyError, match="calendar: with this calendar the deadline is more than"):
            calendar_of(entry)

    def test_further_holidays_come_from_a_file(self) -> None:
        files = {"days.txt": "# closed\n2026-12-24\n\n2026-12-31  # New Year's Eve\n"}
        found = calendar_of("timeZone: UTC, holidays: [2026-05-02], holidaysFile: days.txt", files.__getitem__)
        assert found
        assert found.holidays == (date(2026, 5, 2), date(2026, 12, 24), date(2026, 12, 31))

    @pytest.mark.parametrize(
        ("entry", "told"),
        [
            ("country: DE", "timeZone: it is missing"),
            ("timeZone: Europe/Berlim", "timeZone: 'Europe/Berlim' is not a time zone"),
            ("timeZone: ../etc/passwd", "timeZone: '../etc/passwd' is not a time zone"),
            ("timeZone: UTC, workingHours: 9-17", "workingHours: hours such as 09:00-17:00"),
            ("timeZone: UTC, workingHours: '17:00-09:00'", "workingHours: working hours must end after they begin"),
            ("timeZone: UTC, workingDays: []", "workingDays"),
            ("timeZone: UTC, workingDays: [monday]", "workingDays.0"),
            ("timeZone: UTC, country: de", "country: the two capital letters"),
            ("timeZone: UTC, country: NO", "country: text is expected; put it in quotes"),
            ("timeZone: UTC, country: ZZ", "country: Country ZZ not available"),
            ("timeZone: UTC, country: DE, subdivision: ZZ", "subdivision: Entity `DE` does not have subdivision ZZ"),
            ("timeZone: UTC, subdivision: BE", "subdivision: a subdivision needs its country"),
            ("timeZone: UTC, holidays: [2026-13-01]", "month must be in 1..12"),
            (
                "timeZone: UTC, holidays: ['24.12.2026']",
                "holidays.0: '24.12.2026' is not a date; write it as 2026-12-24",
            ),
            ("timeZone: UTC, holidays: [1]", "holidays.0"),
            ("timeZone: UTC, holidaysFile: /etc/passwd", "holidaysFile: a path relative to the policy file"),
        ],
    )
    def test_a_mistake_is_told(self, entry: str, told: str) -> None:
        with pytest.raises(PolicyError) as refused:
            calendar_of(entry)
        assert told in str(refused.value)

    def test_a_line_of_a_holidays_file_that_is_no_date_is_named(self) -> None:
        with pytest.raises(
            PolicyError, match=r"policies.yaml:3: .*days.txt:2: '24.12.2026' is not a date; write it as"
        ):
            calendar_of("timeZone: UTC, holidaysFile: days.txt", {"days.txt": "2026-12-31\n24.12.2026\n"}.__getitem__)

    def test_a_holidays_file_that_is_not_there_is_named(self) -> None:
        def nothing(name: str) -> str:
            raise FileNotFoundError(2, "No such file or directory", name)

        with pytest.raises(PolicyError, match="the file cannot be used: No such file or directory"):
            calendar_of("timeZone: UTC, holidaysFile: days.txt", nothing)
