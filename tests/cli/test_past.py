"""`compliance show --at`: the past in the words of `compliance show`, to the second that it prints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cli.failures import CommandError
from cli.local_time import LocalTime
from cli.reviews.past import parse_moment, view_at
from cli.reviews.review_json import full_review_json
from cli.reviews.review_text import review_in_full, state_in_words
from cli.reviews.view import ReviewView
from compliance.policy import Escalation
from compliance.rounds import escalate
from evidence.past_state import effective_times
from tests.journeys import Journey, approved, hour, opened

JOURNEY = approved()


def view_after(records: int, journey: Journey = JOURNEY) -> ReviewView:
    evidence = journey.evidence()
    view = view_at(evidence, list(effective_times(evidence.records))[records - 1])
    assert view
    return view


def text_after(records: int, journey: Journey = JOURNEY) -> str:
    lines = review_in_full(view_after(records, journey), LocalTime(hour(1000), UTC), None)
    return "\n".join(line.plain for line in lines)


def test_names_and_places_are_told_not_digests_and_numbers() -> None:
    past = text_after(2)
    assert past.startswith("At 2026-03-02 09:30:00 UTC:\nWaits for any reviewer, 0 of 2, due 5 Mar 09:30.\n")
    assert f"pending/{JOURNEY.heads[1].document.name} (" in past
    assert not [name for name in ("lastSeq", "document.etag") if name in past]


@pytest.mark.parametrize(
    ("records", "state", "moved"),
    [
        (1, "being inspected", None),
        (2, "open", None),
        (4, "decided: approve", None),
        (5, "approved", "published/reports/annual report.pdf"),
    ],
)
def test_the_state_and_the_place_are_those_of_then(records: int, state: str, moved: str | None) -> None:
    view = view_after(records)
    assert (state_in_words(view), view.head.location) == (state, moved)
    assert moved is None or moved in text_after(records)


def test_who_was_asked_only_later_is_not_said_to_have_been_waited_for() -> None:
    journey = opened(reviewers=("rita",), escalation=Escalation(hour(1) - hour(0), ("olga",)))
    journey.then(lambda head: escalate(head, (), hour(1)))
    assert "olga" not in text_after(2, journey)
    assert "Waits for rita or olga" in text_after(3, journey)


def test_programs_find_what_was_known_then_and_null_for_what_the_trail_does_not_keep() -> None:
    journey = opened(reviewers=("rita",), escalation=Escalation(hour(1) - hour(0), ("olga",)))
    journey.then(lambda head: escalate(head, (), hour(1)))

    before, after = full_review_json(view_after(2, journey)), full_review_json(view_after(3, journey))
    assert (before.rules, before.waits_for) == (None, None)
    assert after.rules
    assert after.waits_for == ("rita", "olga")
    assert [entry.event for entry in before.timeline] == ["review_opened", "document_inspected"]
    assert (before.earlier, before.whereabouts) == (None, None)


def test_a_review_has_no_view_before_it_was_opened() -> None:
    evidence = JOURNEY.evidence()
    assert view_at(evidence, next(effective_times(evidence.records)) - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("text", ["2026-03-02T09:30:07", "2026-03-02T10:30:07+01:00", "2026-03-02 09:30:07"])
def test_a_second_takes_in_all_of_it(text: str) -> None:
    assert parse_moment(text, UTC) == datetime(2026, 3, 2, 9, 30, 7, 999_999, UTC)


def test_a_time_without_a_zone_is_that_of_whoever_names_it() -> None:
    assert parse_moment("2026-03-02T09:30:07", timezone(timedelta(hours=1))).hour == 8
    here = datetime(2026, 3, 2, 9, 30, 7, 999_999).astimezone()
    assert parse_moment("2026-03-02T09:30:07") == here


@pytest.mark.parametrize("text", ["2026-03-02T09:30:07.25", "2026-03-02T09:30:07,250000Z"])
def test_a_fraction_of_a_second_is_taken_as_it_is(text: str) -> None:
    assert parse_moment(text, UTC) == datetime(2026, 3, 2, 9, 30, 7, 250_000, UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(CommandError, match="is not a time"):
        parse_moment(text)
