"""The deadline has passed: what is still in the queues decides whether the review waits once more."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from activities import expire_review
from compliance.review import Head
from compliance.rulings import Transition
from contracts.history import ExpiryStep
from reviews import expiring
from tests.builders import DEADLINE, open_review

REVIEW = open_review()
OURS = json.dumps({"reviewId": REVIEW.review_id}).encode()
TICK = timedelta(microseconds=1)
PUBLIC, COPIES = "review-decisions", "decision-retries"
Read = Callable[[str], list[SimpleNamespace]]


async def state_after(monkeypatch: pytest.MonkeyPatch, read: Read, *, final: bool = False) -> str:
    """Return the review's state after the activity has run with what it reads in the two queues."""

    async def existing(_: str) -> Head:
        return REVIEW

    async def change(_: str, compute: Callable[[Head], Transition]) -> Head:
        return compute(REVIEW).head

    async def peek(queue: str) -> AsyncIterator[SimpleNamespace]:
        for message in read(queue):
            yield message

    async def no_blob(_: str, __: str) -> None:
        return None

    app = SimpleNamespace(
        ledger=SimpleNamespace(get=existing, change=change),
        messages=SimpleNamespace(peek=peek),
        documents=SimpleNamespace(current=no_blob),
    )
    monkeypatch.setattr(expire_review, "current_app", lambda: app)
    monkeypatch.setattr(expiring, "body_of", lambda message: message.body)
    activity: Any = expire_review.expire_review
    step = ExpiryStep(review_id=REVIEW.review_id, at=DEADLINE, final=final)
    return (await activity._function.get_user_function()(step.model_dump(mode="json", by_alias=True)))["state"]


def message(enqueued: datetime | None, body: bytes = OURS, **properties: str) -> SimpleNamespace:
    return SimpleNamespace(body=body, enqueued_time_utc=enqueued, application_properties=properties)


@pytest.mark.parametrize(
    ("queued", "expected", "as_copy"),
    [
        (message(DEADLINE), "open", "open"),
        (message(DEADLINE + TICK), "decided", "decided"),
        (message(DEADLINE + TICK, originalEnqueuedTime=DEADLINE.isoformat()), "decided", "open"),
        (message(DEADLINE, json.dumps({"reviewId": "0" * 64}).encode()), "decided", "decided"),
        (message(DEADLINE, OURS + b" " * 70_000), "decided", "decided"),
        (message(DEADLINE, b"\xff"), "decided", "decided"),
        (message(None), "decided", "decided"),
    ],
)
async def test_only_a_decision_of_this_review_that_was_in_time_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, queued: SimpleNamespace, expected: str, as_copy: str
) -> None:
    for queue, state in ((PUBLIC, expected), (COPIES, as_copy)):
        held = {queue: [message(DEADLINE, b"{}"), queued]}
        assert await state_after(monkeypatch, lambda read, held=held: held.get(read, [])) == state, queue


async def test_a_decision_that_goes_from_one_queue_to_the_other_meanwhile_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its copy is there before the original is completed, so the queue of copies is read last."""
    queues = {PUBLIC: [], COPIES: []}

    def read(queue: str) -> list[SimpleNamespace]:
        held = queues[queue].copy()
        queues[COPIES] = [message(DEADLINE)]
        return held

    assert await state_after(monkeypatch, read) == "open"


async def test_the_last_time_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await state_after(monkeypatch, lambda _: [message(DEADLINE)], final=True) == "decided"
