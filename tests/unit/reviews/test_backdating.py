"""What a message claims about its own time, `originalEnqueuedTime`: how far each claim can move a decision."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.ledger.store import StoredReview
from adapters.messaging import arrivals
from adapters.messaging.arrivals import make_arrival
from compliance.history import AuditEvent
from compliance.outcome import Answer
from compliance.people.delegation import RETRIES, Delegation, replace_stored, replacement_refusal
from compliance.rulings import Ruling
from compliance.transitions import close, expire, note, withdraw
from contracts.messages.decisions import AboutReview, parse_decision
from evidence.checks import first_fault
from reviews.recording import rule
from tests.builders import DEADLINE, REQUESTED_AT, SUBMITTER, decision
from tests.journeys import Journey, hour, opened

ANA, CAT = "ana@example.org", "cat@example.org"
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
NOW = hour(48)  # when the broker takes each copy
RECORDED, REFUSED = Answer.RECORDED, Answer.NOT_PERMITTED


def of_days(starts: int, ends: float) -> Delegation:
    return Delegation(ANA, CAT, NOW + starts * DAY, NOW + ends * DAY, REQUESTED_AT - 20 * DAY)


def taken_back(at: datetime) -> Delegation:
    return replace_stored(of_days(-30, 30), replace(of_days(-30, 0), ends=at, enqueued_at=at))


ENDED = NOW - 2 * RETRIES
# What is claimed, the delegation, whether the delegate's decision counts.
CLAIMS: dict[str, tuple[datetime, Delegation, Answer]] = {
    "nothing": (NOW, of_days(-1, 1), RECORDED),
    "before the request": (REQUESTED_AT - 9 * DAY, of_days(-30, 1), RECORDED),
    "before the request, when a delegation since ended was in force": (
        REQUESTED_AT - 9 * DAY,
        replace(of_days(-30, 0), ends=REQUESTED_AT - SECOND),
        REFUSED,
    ),
    "before the delegation starts": (NOW - DAY, replace(of_days(0, 1), starts=NOW - SECOND), REFUSED),
    "after its end": (NOW, replace(of_days(-9, 0), ends=NOW - SECOND), REFUSED),
    "before its end, as the app's own retries do": (
        NOW - RETRIES,
        replace(of_days(-9, 0), ends=NOW - RETRIES),
        RECORDED,
    ),
    "before its end, longer ago than those": (
        NOW - RETRIES - SECOND,
        replace(of_days(-9, 0), ends=NOW - RETRIES - SECOND),
        REFUSED,
    ),
    "long before its end": (ENDED - 9 * SECOND, replace(of_days(-9, 0), ends=ENDED), REFUSED),
    "a second before it is taken back": (NOW - 2 * SECOND, taken_back(NOW - SECOND), REFUSED),
    "a day before it is taken back": (NOW - DAY, taken_back(NOW - DAY + SECOND), REFUSED),
    "longer ago than a message can have waited": (NOW - 400 * DAY, of_days(-1, 1), RECORDED),
}
BODIES = {
    "direct": {"type": "DecisionSubmittedV1", "decisionId": "d", "decision": "approve", "reviewer": ANA},
    "delegated": {"type": "DecisionSubmittedV1", "decisionId": "d", "decision": "approve", "reviewer": CAT},
    "withdrawal": {"type": "ReviewWithdrawnV1", "by": SUBMITTER, "reason": "a mistake"},
}


def ruling_on(journey: Journey, kind: str, claimed: datetime, *delegations: Delegation) -> Ruling:
    assert journey.head
    body = json.dumps(BODIES[kind] | {"reviewId": journey.head.review_id}).encode()
    message = parse_decision(body)
    assert isinstance(message, AboutReview)
    arrival = make_arrival(
        message_id="m",
        sequence_number=1,
        body=body,
        enqueued_at=NOW,
        content_type=None,
        properties={"originalEnqueuedTime": claimed.isoformat(), "tryCount": 7},
    )
    stored = StoredReview(journey.head, journey.decisions, "etag")
    ruling = rule(stored, message, arrival, delegations)
    assert ruling
    return ruling


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claimed_time_revives_nothing_and_is_never_before_the_request(claim: str, kind: str) -> None:
    claimed, delegation, delegated = CLAIMS[claim]
    journey = opened(reviewers=(ANA, "ben@example.org"))
    ruling = ruling_on(journey, kind, claimed, delegation)

    assert ruling.answer is (delegated if kind == "delegated" else RECORDED)
    if ruling.writes:
        at = ruling.transition.record.at
        assert at == max(claimed if claimed > NOW - 15 * DAY else NOW, REQUESTED_AT)
        journey.make(ruling)
        assert first_fault(journey.evidence()) is None


def test_the_app_tries_a_message_again_for_as_long_as_an_ended_delegation_allows_for() -> None:
    assert sum(arrivals._WAITS, timedelta(0)) == RETRIES  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("kind", BODIES)
def test_no_record_is_earlier_than_the_one_before(kind: str) -> None:
    journey = opened(reviewers=(ANA, "ben@example.org"), approvals_needed=2)
    journey.decide(decision(reviewer="ben@example.org", enqueued_at=hour(40)))
    ruling = ruling_on(journey, kind, hour(20), of_days(-9, 9))
    assert ruling.transition.record.at == hour(40)
    journey.make(ruling)
    journey.then(lambda head: close(head, hour(30), "published/a"))

    times = [record.at for record in journey.written if record.at]
    assert times == sorted(times)
    assert journey.head
    assert journey.head.closed_at == hour(40)
    assert first_fault(journey.evidence()) is None


@pytest.mark.parametrize("in_time", ["decision", "withdrawal"])
def test_in_the_hour_of_grace_only_what_was_in_time_is_dated_before_an_operators_note(in_time: str) -> None:
    journey = opened(reviewers=(ANA, "ben@example.org"), approvals_needed=2)

    def noted(at: datetime) -> None:
        journey.then(lambda head: note(head, AuditEvent.QUARANTINE_REPLAYED, at, "olga", ""))

    noted(DEADLINE + 40 * MINUTE)
    if in_time == "decision":
        journey.decide(decision(reviewer=ANA, enqueued_at=DEADLINE - SECOND))
        noted(DEADLINE + 20 * MINUTE)
        journey.then(lambda head: expire(head, DEADLINE + 30 * MINUTE))
    else:
        journey.then(lambda head: withdraw(head, SUBMITTER, DEADLINE - SECOND, "a mistake"))
        noted(DEADLINE + 20 * MINUTE)
    journey.then(lambda head: close(head, DEADLINE + 30 * MINUTE, f"archived/{head.review_id}/{head.document.name}"))

    first, late, *others = (record.at for record in journey.written[2:])
    assert (first, late) == (DEADLINE + 40 * MINUTE, DEADLINE)
    assert set(others) == {first}
    assert first_fault(journey.evidence()) is None


def signed(at: datetime, ends: datetime, **changes: Any) -> Delegation:
    return replace(of_days(-9, 0), ends=ends, signed_at=at, key_sets=("keys.json",), **changes)


@pytest.mark.parametrize(
    ("stored", "again"),
    [
        (signed(NOW, NOW + SECOND), signed(NOW - SECOND, NOW + DAY)),
        (signed(NOW, NOW + SECOND), signed(NOW, NOW + DAY)),
    ],
    ids=["signed before", "signed in the same second, and longer"],
)
def test_a_signed_delegation_sent_again_does_not_undo_that_it_was_taken_back(
    stored: Delegation, again: Delegation
) -> None:
    refusal = replacement_refusal(stored, replace(again, enqueued_at=stored.enqueued_at + HOUR))

    assert refusal
    assert refusal.answer is Answer.LATE


def test_a_delegation_signed_later_counts_whether_it_ends_earlier_or_later() -> None:
    first = signed(NOW, NOW + HOUR)
    for ends in (NOW, NOW + DAY):
        assert replacement_refusal(first, signed(NOW + SECOND, ends)) is None
    assert replacement_refusal(first, signed(NOW, NOW)) is None
    assert replacement_refusal(first, first) is None


def test_what_was_cut_short_stays_so_when_its_message_comes_again() -> None:
    short = replace_stored(of_days(-9, 9), of_days(-9, 0))
    assert short.cut_short
    assert replace_stored(short, of_days(-9, 0)).cut_short
    assert not replace_stored(short, of_days(-9, 1)).cut_short
