"""What others have filled does not keep the app from its work for everybody else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from azure.servicebus.exceptions import ServiceBusQuotaExceededError

from adapters.ledger.rows import OutboxEvent
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import Messages
from compliance.outcome import Answer
from contracts.names import DECISION_REPLIES, DECISIONS_QUARANTINE
from reviews.answering import Reply, send_answer
from reviews.sweep import repairing

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ARRIVAL = Arrival("message-1", b"{", NOW, NOW, 0, None, {})


class Bus:
    """A namespace in which some queues are full."""

    def __init__(self, *full: str) -> None:
        self.full, self.sent = full, list[tuple[str, Any]]()

    def get_queue_sender(self, queue: str) -> Any:
        async def send_messages(message: Any) -> None:
            if queue in self.full:
                raise ServiceBusQuotaExceededError(message="1 GB is reached")
            self.sent.append((queue, message))

        return SimpleNamespace(send_messages=send_messages)


async def answered(*full: str) -> list[str]:
    """Return the queues that got a message when a malformed message is refused."""
    bus: Any = Bus(*full)
    app: Any = SimpleNamespace(messages=Messages(bus), environment="test")
    await send_answer(app, ARRIVAL, Reply(Answer.MALFORMED, "no"), DECISIONS_QUARANTINE)
    for queue, message in bus.sent:
        if queue == DECISION_REPLIES:
            assert json.loads(b"".join(message.body))["answer"] == "malformed"
    return [queue for queue, _ in bus.sent]


async def test_a_full_queue_loses_its_own_messages_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    assert await answered() == [DECISIONS_QUARANTINE, DECISION_REPLIES]
    assert not caplog.records
    assert await answered(DECISIONS_QUARANTINE) == [DECISION_REPLIES]
    assert await answered(DECISION_REPLIES) == [DECISIONS_QUARANTINE]
    assert [record.getMessage().split(" ")[2] for record in caplog.records] == [DECISIONS_QUARANTINE, DECISION_REPLIES]


async def test_one_sweep_sends_a_bounded_number_of_events_after_it_has_repaired_reviews(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting, published, logged = [f"event-{number}" for number in range(700)], list[str](), list[int]()

    async def none() -> list[Any]:
        return []

    async def ids() -> list[str]:
        return waiting

    async def event(event_id: str) -> OutboxEvent:
        return OutboxEvent(event_id, "type", "/subject", {})

    async def unfinished() -> list[str]:
        return ["3f" * 32]

    async def review(review_id: str) -> None:
        assert not published, f"{review_id} waited for the events"
        raise LookupError(review_id)

    async def publish(event: OutboxEvent) -> None:
        published.append(event.id)

    async def delete(event_id: str) -> None:
        assert event_id == published[-1]

    async def blobs(*_: str) -> AsyncIterator[Any]:
        for blob in ():
            yield blob

    async def slice_start() -> str:
        return ""

    async def start_slice_at(_: str) -> None: ...

    async def noted(_: int) -> dict[str, str]:
        return {}

    ledger = SimpleNamespace(
        outbox=SimpleNamespace(ids=ids, event=event, delete=delete),
        review=review,
        unfinished=SimpleNamespace(ids=unfinished, rows_of_reviews=blobs),
        retractions=SimpleNamespace(ids=none),
        todo=SimpleNamespace(first=noted, slice_start=slice_start, start_slice_at=start_slice_at),
        day_sums=SimpleNamespace(stale=none),
    )
    app: Any = SimpleNamespace(
        ledger=ledger,
        revocations=SimpleNamespace(list_all=none),
        has_front_door=False,
        documents=SimpleNamespace(blobs=blobs),
        inboxes=SimpleNamespace(rows_of_reviews=blobs),
        events=SimpleNamespace(publish=publish),
    )
    monkeypatch.setattr(
        repairing, "log_sweep_finished", lambda backlog, failures: logged.extend((backlog.outbox, failures))
    )
    client: Any = None
    with pytest.RaisesGroup(LookupError):
        await repairing.repair_everything(app, client)

    assert published == waiting[: repairing.MOST_EVENTS]
    assert logged == [700, 1]  # how many wait, and the failure
