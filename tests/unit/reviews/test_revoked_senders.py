"""Whether somebody's right has ended is judged by the time of the copy at hand, even if the app made that copy.

Nobody can prove that it was the app that sent a message again, so an honest one that waited is refused, too.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.ledger.store import StoredReview
from adapters.messaging.arrivals import make_arrival
from compliance.outcome import Answer
from compliance.people.delegation import Delegation
from compliance.people.reviewers import Revocation
from compliance.review import EndedRight
from compliance.rulings import Ruling, Transition
from contracts.messages.decisions import AboutReview, parse_decision
from reviews.recording import record_message
from tests.builders import REQUESTED_AT, SUBMITTER
from tests.journeys import Journey, hour, opened

ANA, CAT, BEN = "ana@example.org", "cat@example.org", "ben@example.org"
MINUTE = timedelta(minutes=1)
SENT, REVOKED, COPIED = hour(2), hour(3), hour(3) + MINUTE
DECISION = {"type": "DecisionSubmittedV1", "decisionId": "d", "decision": "approve"}
# Who is revoked, and the message.
CASES = {
    "a reviewer": (ANA, DECISION | {"reviewer": ANA}),
    "a delegate": (CAT, DECISION | {"reviewer": CAT}),
    "the person in whose place a delegate decides": (ANA, DECISION | {"reviewer": CAT}),
    "a submitter who withdraws": (SUBMITTER, {"type": "ReviewWithdrawnV1", "by": SUBMITTER, "reason": "a mistake"}),
}


def app_of(journey: Journey, revocation: Revocation) -> Any:
    """Return an app in which one person is revoked, and Cat stands in for Ana."""
    assert journey.head
    document = journey.head.document

    async def attempts(_: str) -> AsyncIterator[Any]:
        async def commit(transition: Transition, **_: Any) -> Transition:
            return transition

        head = None
        while head is not journey.head:  # else the ledger would refuse to write under the head's old ETag
            head = journey.head
            assert head
            yield SimpleNamespace(review=StoredReview(head, journey.decisions, "etag"), commit=commit)

    async def change(_: str, step: Any) -> Any:
        assert journey.head
        if (made := step(journey.head)).writes:
            journey.make(made)
        return journey.head

    async def find(person: str) -> Revocation | None:
        return revocation if person == revocation.right.person else None

    async def list_to(person: str) -> list[Delegation]:
        return [Delegation(ANA, CAT, REQUESTED_AT, hour(9), REQUESTED_AT)] if person == CAT else []

    async def current(*_: str) -> Any:
        return SimpleNamespace(etag=document.etag)

    return SimpleNamespace(
        ledger=SimpleNamespace(attempts=attempts, change=change),
        revocations=SimpleNamespace(find=find),
        delegations=SimpleNamespace(list_to=list_to),
        documents=SimpleNamespace(current=current, remember_untagged=lambda _: None),
        has_front_door=False,
    )


async def ruling_on(case: str, copied: datetime) -> Ruling:
    """Rule on a message that was sent before the person was revoked, of which this copy came at another time."""
    person, body = CASES[case]
    journey = opened(reviewers=(ANA, BEN))
    assert journey.head
    message = parse_decision(json.dumps(body | {"reviewId": journey.head.review_id}).encode())
    assert isinstance(message, AboutReview)
    arrival = make_arrival(
        message_id="m",
        sequence_number=1,
        body=b"",
        enqueued_at=copied,
        content_type=None,
        properties={"originalEnqueuedTime": SENT.isoformat()},
    )
    revocation = Revocation(EndedRight(person, REVOKED, "has left"), "olga@example.org", REVOKED)
    ruling = await record_message(app_of(journey, revocation), message, arrival)
    assert ruling
    return ruling


@pytest.mark.parametrize("case", CASES)
async def test_a_copy_that_comes_after_the_end_of_the_right_is_refused_whatever_time_it_claims(case: str) -> None:
    late = await ruling_on(case, COPIED)

    assert (late.answer, late.writes) == (Answer.NOT_PERMITTED, False)
    assert "has left" in str(late.explanation)


@pytest.mark.parametrize("case", CASES)
async def test_one_that_comes_before_it_counts(case: str) -> None:
    assert (await ruling_on(case, REVOKED - MINUTE)).answer is Answer.RECORDED
