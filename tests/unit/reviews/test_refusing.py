"""A refused document version has one refusal event, whichever trigger opened it and however often."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError

from adapters.blobs.documents import Blob
from adapters.ledger.rows import OutboxEvent
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import Messages
from compliance.outcome import Answer
from contracts.messages.decisions import read_decision
from contracts.messages.submissions import Announcement, DocumentSubmittedV1
from contracts.names import DECISIONS_QUARANTINE
from contracts.policy_file.parsing import parse_policies
from reviews import opening, submitting
from reviews.answering import Reply, send_reply
from reviews.opening import SubmissionRefusedError, open_blob
from reviews.refusing import refuse_blob, refuse_message
from reviews.submitting import open_announced
from tests.unit.reviews.hub import Hub

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
PLAN = Blob("pending", "a/plan.png", "0x1", 7, "image/png", {"documentclass": "secret-plans"}, None, NOW)
ANNOUNCED = {"type": "DocumentSubmittedV1", "container": "pending", "name": PLAN.name, "etag": PLAN.etag}


class World:
    """A storage with one document, which keeps announcements and quarantined messages."""

    def __init__(self) -> None:
        self.announced: list[OutboxEvent] = []
        self.kept: list[str] = []
        self.ledger = self.messages = self.documents = self.events = self.outbox = self

    async def current(self, container: str, name: str) -> Blob:
        return PLAN

    async def find(self, review_id: str) -> None:
        return None

    async def put(self, event: OutboxEvent) -> None:
        self.announced.append(event)

    async def quarantine(self, queue: str, arrived: Arrival, reason: str, explanation: str) -> None:
        self.kept.append(arrived.message_id)

    async def publish(self, event: OutboxEvent) -> None:
        raise ServiceRequestError("the topic is down; the outbox has it")


class AllSent(Messages):
    """The app's queues, outbox and topic; remembers the ids under which something was put there."""

    def __init__(self) -> None:
        self.environment = "local"
        self.quarantined, self.replied, self.announced = list[str](), list[str](), list[str]()
        self.ledger = self.messages = self.events = self.outbox = self

    async def send(self, entity: str, *_: Any, message_id: str, **__: Any) -> None:
        (self.quarantined if entity == DECISIONS_QUARANTINE else self.replied).append(message_id)

    async def put(self, event: OutboxEvent) -> None:
        self.announced.append(event.id)

    async def publish(self, event: OutboxEvent) -> None:
        raise ServiceRequestError("the topic is down; the outbox has it")


@pytest.fixture(autouse=True)
def no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    found = parse_policies('{version: "1", policies: [{documentClass: default}]}', "policies.yaml", {}.__getitem__)
    for module in (opening, submitting):
        monkeypatch.setattr(module, "policies", lambda: found)


def message(identity: str) -> Arrival:
    return Arrival(identity, b"{}", NOW, NOW, 0, None, {})


async def by_message(world: Any, identity: str, **said: Any) -> None:
    with pytest.raises(SubmissionRefusedError) as refused:
        announced = Announcement(DocumentSubmittedV1.model_validate(ANNOUNCED | said))
        await open_announced(world, Hub([]), announced, message(identity))
    await refuse_message(world, message(identity), str(refused.value), refused.value.blob)


async def by_trigger(world: Any) -> None:
    with pytest.raises(SubmissionRefusedError) as refused:
        await open_blob(world, Hub([]), PLAN)
    await refuse_blob(world, PLAN, str(refused.value))


async def test_both_roads_announce_the_refusal_under_one_id_with_the_same_data() -> None:
    world: Any = World()
    await by_trigger(world)
    await by_message(world, "message-1")
    await by_message(world, "message-2")

    assert len({event.id for event in world.announced}) == 1
    assert all(event == world.announced[0] for event in world.announced)
    assert world.kept == ["message-1", "message-2"]


async def test_what_only_a_message_got_wrong_is_announced_by_message() -> None:
    world: Any = World()
    await by_trigger(world)
    await by_message(world, "message-1", documentClass="default")
    await by_message(world, "message-2", documentClass="default")

    assert len({event.id for event in world.announced}) == 3


async def test_two_messages_under_one_id_are_two_refusals() -> None:
    world: Any = World()
    for body in (b"{}", b"[]", b"{}"):
        await refuse_message(world, Arrival("1", body, NOW, NOW, 0, None, {}), "it names no document")
    first, second, again = (event.id for event in world.announced)

    assert first == again
    assert first != second


async def test_two_decisions_under_one_id_are_kept_answered_and_announced_each() -> None:
    world: Any = AllSent()
    for body in (b"{}", b"[]", b"{}"):
        arrival = Arrival("1", body, NOW, NOW, 0, None, {})
        await send_reply(world, Hub([]), arrival, read_decision(body), Reply(Answer.MALFORMED, "no"))
    for ids in (world.quarantined, world.replied, world.announced):
        first, second, again = ids
        assert first == again
        assert first != second
