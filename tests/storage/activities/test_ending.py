"""The last activities of a review, each run twice: move the document, record the outcome, announce it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from activities import announce_outcome, archive_document, close_review, load_review, publish_document
from adapters.ledger.rows import OutboxEvent
from compliance.outcome import Outcome, ReviewState
from contracts.history import CloseStep, MoveResult, ReviewStanding, ReviewStep
from tests.builders import DEADLINE
from tests.storage.account import Account
from tests.storage.activities.staged_reviews import user_function
from tests.storage.moving.moves import Kind, archiving, assert_in_one_place, publishing

Run = Callable[[Any, ReviewStep], Awaitable[Any]]


class Topic:
    """A topic that keeps the published events."""

    def __init__(self) -> None:
        self.events: list[OutboxEvent] = []
        self.refuses = False

    async def publish(self, event: OutboxEvent) -> None:
        """Publish like `adapters.messaging.events.Events`."""
        if self.refuses:
            raise ConnectionError("as if Event Grid was down")
        self.events.append(event)


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def run(account: Account, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs an activity twice, as after a crash before the hub recorded its end."""
    app = SimpleNamespace(ledger=account.ledger, inboxes=account.inboxes, mover=account.mover, events=topic)

    async def twice(module: Any, step: ReviewStep) -> Any:
        monkeypatch.setattr(module, "current_app", lambda: app)
        first, second = [await user_function(module)(step.model_dump(mode="json", by_alias=True)) for _ in range(2)]
        assert first == second
        return second

    return twice


@pytest.mark.parametrize(
    ("kind", "activity"), [(publishing, publish_document), (archiving, archive_document)], ids=["approved", "rejected"]
)
async def test_a_decided_document_is_moved_and_its_review_closed_and_announced(
    account: Account, run: Run, topic: Topic, kind: Kind, activity: Any
) -> None:
    move = await kind(account)
    head = move.head
    step = ReviewStep(review_id=head.review_id, at=DEADLINE)
    await account.books.unfinished.put(head)

    result = MoveResult.model_validate(await run(activity, step))
    closed = ReviewStanding.model_validate(await run(close_review, CloseStep(**dict(step), move=result)))
    loaded = ReviewStanding.model_validate(await run(load_review, step))
    await run(announce_outcome, step)

    await assert_in_one_place(account, move, result)
    outcome = Outcome.APPROVED if activity is publish_document else Outcome.REJECTED
    assert (closed.state, closed.outcome) == (ReviewState.CLOSED, outcome)
    assert loaded == closed
    assert [(event.id, event.data["location"]) for event in topic.events] == [(head.review_id, result.location)] * 2
    assert head.review_id not in await account.books.unfinished.ids()


async def test_a_review_is_unfinished_until_its_outcome_is_announced(account: Account, run: Run, topic: Topic) -> None:
    head = (await publishing(account)).head
    await account.books.unfinished.put(head)
    await account.close(head, MoveResult(location=f"published/{head.document.name}"))
    topic.refuses = True

    with pytest.raises(ConnectionError):
        await run(announce_outcome, ReviewStep(review_id=head.review_id, at=DEADLINE))

    assert head.review_id in await account.books.unfinished.ids()
    await account.books.unfinished.delete(head)
