"""When a message was first enqueued, whatever its properties claim: this decides whether a decision was in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from adapters.messaging.arrivals import (
    ORIGINAL_ENQUEUED_TIME,
    RETURN_COUNT,
    TRY_COUNT,
    Arrival,
    first_enqueued,
    make_arrival,
)

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def arrived(enqueued_at: datetime = NOW, message_id: str | None = "m", **properties: Any) -> Arrival:
    """Return a message as the trigger hands it over."""
    return make_arrival(
        message_id=message_id,
        sequence_number=7,
        body=b"{}",
        enqueued_at=enqueued_at,
        content_type=None,
        properties=properties,
    )


def test_a_first_copy_was_enqueued_when_the_broker_says() -> None:
    message = arrived()

    assert (message.enqueued_at, message.copy_enqueued_at, message.tries) == (NOW, NOW, 0)


def test_a_copy_that_comes_again_keeps_the_time_of_the_first() -> None:
    first = NOW - timedelta(minutes=20, microseconds=1)

    message = arrived(originalEnqueuedTime=first.isoformat(), tryCount=4)

    assert (message.enqueued_at, message.copy_enqueued_at, message.tries) == (first, NOW, 4)


def test_on_a_queue_without_copies_a_message_comes_when_the_broker_says_whatever_it_claims() -> None:
    claims = {ORIGINAL_ENQUEUED_TIME: (NOW - HOUR).isoformat(), TRY_COUNT: 7, RETURN_COUNT: 20}
    message = make_arrival(
        message_id="m",
        sequence_number=7,
        body=b"{}",
        enqueued_at=NOW,
        content_type=None,
        properties=claims,
        may_be_copy=False,
    )

    assert (message.enqueued_at, message.copy_enqueued_at, message.tries, message.returns) == (NOW, NOW, 0, 0)
    assert message.application_properties == claims


@pytest.mark.parametrize("app_was_down_for", [timedelta(0), 5 * HOUR, timedelta(days=13), timedelta(days=390)], ids=str)
def test_all_copies_that_the_app_makes_are_believed(app_was_down_for: timedelta) -> None:
    message, now = arrived(), NOW + app_was_down_for
    while True:
        round_began = now
        while message.again_after is not None:
            again = {ORIGINAL_ENQUEUED_TIME: message.enqueued_at.isoformat(), TRY_COUNT: message.tries + 1}
            now = max(now, message.copy_enqueued_at + message.again_after)  # what is overdue is enqueued at once
            message = arrived(now, **again, returnCount=message.returns)
            assert message.enqueued_at == NOW
        assert message.tries == 7
        assert timedelta(minutes=50) < now - round_began < timedelta(hours=1)
        if not message.may_return:
            break
        back = {ORIGINAL_ENQUEUED_TIME: message.enqueued_at.isoformat(), RETURN_COUNT: message.returns + 1}
        message = arrived(now, tryCount=0, **back)
    assert timedelta(hours=12) < now - (NOW + app_was_down_for) < timedelta(days=1)


@pytest.mark.parametrize(
    "claimed",
    [
        "",
        "yesterday",
        "2026-03-05T09:00:00",  # without a zone
        "2026-03-05",
        "2026-13-05T09:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        (NOW + timedelta(microseconds=1)).isoformat(),
        (NOW + HOUR).isoformat(),
        (NOW - timedelta(days=395)).isoformat(),
        (NOW - timedelta(days=395)).astimezone(timezone(timedelta(hours=-12))).isoformat(),
        1772702400,
        1772702400000,
        -1,
        0.5,
        float("nan"),
        True,
        False,
        None,
        NOW.replace(tzinfo=None),
        b"\xff\xfe",
        b"",
        ["2026-03-05T09:00:00+00:00"],
        {"a": 1},
        "2026-03-05T09:00:00+00:00" * 10_000,
    ],
    ids=lambda claimed: repr(claimed)[:40],
)
def test_a_claim_that_is_no_time_or_cannot_be_true_is_not_believed(claimed: object) -> None:
    assert arrived(originalEnqueuedTime=claimed).enqueued_at == NOW
    assert first_enqueued(NOW, {ORIGINAL_ENQUEUED_TIME.encode(): claimed}) == NOW


@pytest.mark.parametrize(
    "claimed",
    [
        "2026-03-05T09:20:00+00:00",
        "2026-03-05T09:20:00Z",
        "20260305T092000Z",
        "2026-03-05T10:20:00+01:00",
        b"2026-03-05T09:20:00+00:00",
        NOW - timedelta(minutes=10),
    ],
    ids=repr,
)
def test_a_claim_that_can_be_true_is_the_same_moment_however_it_is_written(claimed: object) -> None:
    moment = NOW - timedelta(minutes=10)

    assert arrived(originalEnqueuedTime=claimed).enqueued_at == moment
    assert first_enqueued(NOW, {ORIGINAL_ENQUEUED_TIME.encode(): claimed}) == moment


def test_a_time_of_the_broker_without_a_zone_is_in_utc() -> None:
    message = arrived(NOW.replace(tzinfo=None), originalEnqueuedTime=(NOW - timedelta(minutes=1)).isoformat())

    assert (message.enqueued_at, message.copy_enqueued_at) == (NOW - timedelta(minutes=1), NOW)


@pytest.mark.parametrize("claimed", [-1, 8, 10**30, 1.0, "3", b"3", True, False, None, [1]], ids=repr)
def test_a_try_count_that_the_app_never_wrote_is_none(claimed: object) -> None:
    message = arrived(tryCount=claimed)

    assert type(message.tries) is int
    assert message.tries == 0
    assert message.again_after == timedelta(seconds=2)


def test_a_message_that_was_tried_often_enough_does_not_come_again() -> None:
    assert arrived(tryCount=7).again_after is None


@pytest.mark.parametrize("missing", [None, ""])
def test_a_message_without_an_id_is_known_by_its_sequence_number(missing: str | None) -> None:
    assert arrived(message_id=missing).message_id == "sequence-number-7"


def test_integers_that_the_sdk_cannot_send_again_become_text() -> None:
    message = arrived(sent=1772702400000, largest=2**64 - 1, smallest=-(2**63), most=2**31 - 1, least=-(2**31))

    assert message.application_properties == {
        "sent": "1772702400000",
        "largest": "18446744073709551615",
        "smallest": "-9223372036854775808",
        "most": 2**31 - 1,
        "least": -(2**31),
    }
