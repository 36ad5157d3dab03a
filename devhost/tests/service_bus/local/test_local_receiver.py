"""Sending and receiving within the host's process, on the same queues as AMQP clients."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devhost.clock import Clock
from devhost.ports import MessageBroker, OutgoingMessage, Service
from devhost.service_bus import BrokerStoppedError, EntityConfig, MessageLockLostError, ServiceBusBroker
from devhost.service_bus.errors import NotAllowedError

StartBroker = Callable[[], Awaitable[ServiceBusBroker]]


def a_message(body: str = "body", message_id: str = "id") -> OutgoingMessage:
    return OutgoingMessage(body.encode(), message_id)


def test_the_broker_fits_the_ports_of_the_host(clock: Clock, tmp_path: Path) -> None:
    broker = ServiceBusBroker(EntityConfig(), tmp_path / "unused.db", clock, "key")
    service: Service = broker
    messages: MessageBroker = broker

    assert service.in_flight() is None
    with pytest.raises(BrokerStoppedError):
        messages.receiver("orders")


async def test_a_message_arrives_decoded_and_is_gone_when_completed(broker: ServiceBusBroker, clock: Clock) -> None:
    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    properties = {"text": "é", "number": 7, "flag": False, "at": moment}
    await broker.send("orders", [OutgoingMessage(b"body", "m-1", "text/plain", "greeting", "c-1", properties)])
    receiver = broker.receiver("ORDERS")

    assert receiver.active_count() == 1
    (message,) = await receiver.receive(10)
    assert receiver.active_count() == 0
    await receiver.complete(message.lock_token)

    assert (message.body, message.message_id, message.delivery_count) == (b"body", "m-1", 1)
    assert (message.content_type, message.subject, message.correlation_id) == ("text/plain", "greeting", "c-1")
    assert message.application_properties == properties
    assert abs((message.enqueued_time - clock.now()).total_seconds()) < 60
    with pytest.raises(MessageLockLostError):
        await receiver.complete(message.lock_token)


async def test_receiving_waits_for_a_message_and_takes_no_more_than_asked(broker: ServiceBusBroker) -> None:
    receiver = broker.receiver("orders")
    waiting = asyncio.create_task(receiver.receive(2))
    await asyncio.sleep(0)
    assert broker.in_flight() is not None  # the turn in which the receiver gets nothing

    await broker.send("orders", [a_message(str(number), str(number)) for number in range(3)])
    received = await asyncio.wait_for(waiting, 60)

    assert [message.body for message in received] == [b"0", b"1"]
    assert receiver.active_count() == 1
    assert broker.in_flight() is None


async def test_a_cancelled_receive_takes_nothing_with_it(broker: ServiceBusBroker) -> None:
    receiver = broker.receiver("orders")
    given_up = asyncio.create_task(receiver.receive(1))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)

    await broker.send("orders", [a_message()])
    (message,) = await receiver.receive(1)

    assert (given_up.cancelled(), message.delivery_count) == (True, 1)


async def test_an_abandoned_message_comes_back_and_ends_in_the_dead_letters(broker: ServiceBusBroker) -> None:
    receiver = broker.receiver("retries")
    await broker.send("retries", [a_message()])

    counts = []
    for _ in range(2):
        (message,) = await receiver.receive(1)
        counts.append(message.delivery_count)
        await receiver.abandon(message.lock_token)
    (dead,) = await broker.receiver("retries/$DeadLetterQueue").receive(1)

    assert counts == [1, 2]
    assert dead.application_properties["DeadLetterReason"] == "MaxDeliveryCountExceeded"


async def test_a_renewed_lock_outlives_its_first_end(broker: ServiceBusBroker) -> None:
    receiver = broker.receiver("short-locks")
    await broker.send("short-locks", [a_message("renewed", "1"), a_message("forgotten", "2")])
    renewed, forgotten = await receiver.receive(2)

    back = asyncio.create_task(receiver.receive(1))
    while not back.done():
        await receiver.renew(renewed.lock_token)
        await asyncio.wait([back], timeout=0.1)

    assert (await back)[0].message_id == forgotten.message_id
    await receiver.complete(renewed.lock_token)


async def test_unknown_entities_and_topics_are_told_apart(broker: ServiceBusBroker) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        broker.receiver("nowhere")
    with pytest.raises(KeyError, match="subscriptions"):
        broker.receiver("events")
    with pytest.raises(KeyError, match="nowhere"):
        await broker.send("nowhere", [a_message()])
    with pytest.raises(NotAllowedError):
        await broker.send("events/Subscriptions/all", [a_message()])


async def test_stopping_ends_those_who_wait_and_starting_again_has_all_that_was_sent(start_broker: StartBroker) -> None:
    first = await start_broker()
    waiting = asyncio.create_task(first.receiver("batches").receive(1))
    await first.send("orders", [a_message("done", "1"), a_message("locked", "2"), a_message("waits", "3")])
    done, _ = await first.receiver("orders").receive(2)
    await first.receiver("orders").complete(done.lock_token)
    await first.send("once", [a_message("first")])
    await first.stop()
    with pytest.raises(BrokerStoppedError):
        await waiting

    second = await start_broker()
    await second.send("once", [a_message("again")])
    await second.send("orders", [a_message("new", "4")])
    received = await second.receiver("orders").receive(10)

    assert [message.body for message in received] == [b"locked", b"waits", b"new"]
    assert [message.sequence_number for message in received] == [2, 3, 4]
    assert [message.delivery_count for message in received] == [1, 1, 1]
    assert second.receiver("once").active_count() == 1


async def test_numbers_are_never_given_twice_even_when_all_messages_are_gone(start_broker: StartBroker) -> None:
    numbers = []
    for _ in range(2):
        broker = await start_broker()
        await broker.send("orders", [a_message()])
        (message,) = await broker.receiver("orders").receive(1)
        await broker.receiver("orders").complete(message.lock_token)
        numbers.append(message.sequence_number)
        await broker.stop()

    assert numbers == [1, 2]


async def test_a_failing_commit_stops_the_broker_and_nothing_is_acknowledged(
    broker: ServiceBusBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = asyncio.create_task(broker.receiver("orders").receive(1))
    await broker.send("batches", [a_message()])
    database = sqlite3.connect(tmp_path / "broker.db")
    database.execute("DROP TABLE message")
    database.close()

    with pytest.raises(BrokerStoppedError, match="cannot be written"):
        await broker.send("orders", [a_message()])
    with pytest.raises(BrokerStoppedError):
        await waiting
    with pytest.raises(BrokerStoppedError):
        await broker.receiver("batches").receive(1)

    assert "cannot be written" in (broker.in_flight() or "")
    assert "The Service Bus broker stops" in caplog.text
