"""The asynchronous azure-servicebus SDK against the broker, with host time that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient

from devhost.clock import Clock
from devhost.ports import OutgoingMessage
from devhost.service_bus import ServiceBusBroker


@pytest.fixture
async def client(broker: ServiceBusBroker) -> AsyncIterator[ServiceBusClient]:
    async with ServiceBusClient.from_connection_string(broker.connection_string, retry_total=0) as client:
        yield client


async def test_many_messages_are_sent_received_and_completed_at_once(client: ServiceBusClient) -> None:
    async with client.get_queue_sender("orders") as sender, client.get_queue_receiver("orders") as receiver:
        await sender.send_messages([ServiceBusMessage(str(number)) for number in range(100)])
        await asyncio.gather(*(sender.send_messages(ServiceBusMessage(str(number))) for number in range(100, 110)))

        received: list[Any] = []
        while len(received) < 110:
            batch = await receiver.receive_messages(max_message_count=50, max_wait_time=30)
            assert batch, f"only {len(received)} messages arrived"
            await asyncio.gather(*(receiver.complete_message(message) for message in batch))
            received += batch

        assert sorted(int(str(message)) for message in received) == list(range(110))
        assert await receiver.peek_messages() == []


async def test_host_time_makes_scheduled_messages_due_and_others_expire(
    client: ServiceBusClient, broker: ServiceBusBroker, clock: Clock
) -> None:
    async with client.get_queue_sender("expiring") as sender, client.get_queue_receiver("expiring") as receiver:
        later = clock.now() + timedelta(days=3)
        (number,) = await sender.schedule_messages(ServiceBusMessage("later"), later)
        await sender.send_messages(ServiceBusMessage("expires"))

        clock.jump_to(later.timestamp())
        (message,) = await receiver.receive_messages(max_message_count=1, max_wait_time=30)
        await receiver.complete_message(message)

        assert message.enqueued_time_utc
        assert (str(message), message.sequence_number) == ("later", number)
        assert abs(message.enqueued_time_utc - later) < timedelta(milliseconds=2)
        assert message.expires_at_utc == message.enqueued_time_utc + timedelta(hours=1)
    (dead,) = await broker.receiver("expiring/$DeadLetterQueue").receive(1)
    assert dead.body == b"expires"
    assert dead.application_properties["DeadLetterReason"] == "TTLExpiredException"


async def test_a_time_to_live_of_its_own_makes_a_message_vanish(
    client: ServiceBusClient, broker: ServiceBusBroker, clock: Clock
) -> None:
    async with client.get_queue_sender("vanishing") as sender:
        await sender.send_messages(ServiceBusMessage("short", time_to_live=timedelta(seconds=30)))
        await sender.send_messages(ServiceBusMessage("long"))

    clock.jump_to(clock.time() + 30)
    (message,) = await broker.receiver("vanishing").receive(10)

    assert (message.body, message.expires_at) == (b"long", None)
    assert broker.receiver("vanishing/$DeadLetterQueue").active_count() == 0


async def test_a_topic_fans_out_by_filter_once_per_message_id_and_schedules_under_one_number(
    client: ServiceBusClient, broker: ServiceBusBroker, clock: Clock
) -> None:
    later = clock.now() + timedelta(hours=1)
    async with client.get_topic_sender("events") as sender:
        fire = ServiceBusMessage("1", subject="fire", application_properties={"level": 3}, message_id="same")
        await sender.send_messages([fire, ServiceBusMessage("2", message_id="same"), ServiceBusMessage("3")])
        numbers = await sender.schedule_messages([ServiceBusMessage("4"), ServiceBusMessage("5")], later)
        await sender.cancel_scheduled_messages(numbers[0])
    clock.jump_to(later.timestamp())

    everything = await broker.receiver("events/Subscriptions/all").receive(10)
    async with client.get_subscription_receiver("events", "urgent") as receiver:
        (urgent,) = await receiver.receive_messages(max_wait_time=30)
        await receiver.dead_letter_message(urgent, reason="too hot")
    dead = client.get_subscription_receiver("events", "urgent", sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    async with dead:
        (burnt,) = await dead.receive_messages(max_wait_time=30)

    assert len(numbers) == 2
    assert [message.body for message in everything] == [b"1", b"3", b"5"]
    assert (str(urgent), burnt.dead_letter_reason) == ("1", "too hot")


async def test_an_sdk_client_and_the_host_share_a_queue(client: ServiceBusClient, broker: ServiceBusBroker) -> None:
    await broker.send("orders", [OutgoingMessage(b"from the host", "h-1", application_properties={"n": 1})])

    async with client.get_queue_receiver("orders") as receiver:
        (message,) = await receiver.receive_messages(max_wait_time=30)
        await receiver.abandon_message(message)
    (again,) = await broker.receiver("orders").receive(1)

    assert (message.message_id, message.application_properties) == ("h-1", {b"n": 1})
    assert (again.body, again.delivery_count) == (b"from the host", 2)
