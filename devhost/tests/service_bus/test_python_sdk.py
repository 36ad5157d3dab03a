"""Features of the Python SDK alone: other bodies, properties of all types, lock renewal, lists of sessions."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import AutoLockRenewer, ServiceBusClient, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType


@pytest.fixture(scope="module")
def client(broker_thread) -> Iterator[ServiceBusClient]:
    with ServiceBusClient.from_connection_string(broker_thread.connection_string, retry_total=0) as client:
        yield client


def one(receiver: Any) -> Any:
    (message,) = receiver.receive_messages(max_message_count=1, max_wait_time=30)
    return message


def test_values_sequences_and_split_data_arrive_unchanged(client: ServiceBusClient) -> None:
    with client.get_queue_sender("bodies") as sender, client.get_queue_receiver("bodies") as receiver:
        sender.send_messages(AmqpAnnotatedMessage(value_body={"a": [1, "two", None]}))
        sender.send_messages(AmqpAnnotatedMessage(sequence_body=[[1, 2], ["three"]]))
        sender.send_messages(AmqpAnnotatedMessage(data_body=[b"one", b"two"]))
        value, sequence, parts = (one(receiver) for _ in range(3))

    assert (value.body_type, value.body) == (AmqpMessageBodyType.VALUE, {b"a": [1, b"two", None]})
    assert list(sequence.body) == [[1, 2], [b"three"]]
    assert b"".join(parts.body) == b"onetwo"


def test_ids_and_moments_among_the_properties_keep_their_types(client: ServiceBusClient) -> None:
    properties: dict[str | bytes, Any] = {"id": uuid.uuid4(), "at": datetime(2030, 1, 2, tzinfo=UTC)}
    with client.get_queue_sender("orders") as sender, client.get_queue_receiver("orders") as receiver:
        sender.send_messages(ServiceBusMessage("x", application_properties=properties))
        message = one(receiver)
        receiver.complete_message(message)

    assert message.application_properties[b"id"] == properties["id"]
    assert message.application_properties[b"at"] == int(datetime(2030, 1, 2, tzinfo=UTC).timestamp() * 1000)


def test_a_dead_letter_can_be_sent_again_as_it_was_received(client: ServiceBusClient) -> None:
    dead_letters = client.get_queue_receiver("rejects", sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    with client.get_queue_sender("rejects") as sender, client.get_queue_receiver("rejects") as receiver, dead_letters:
        sender.send_messages(ServiceBusMessage("again"))
        first = one(receiver)
        receiver.dead_letter_message(first)
        sender.send_messages(one(dead_letters))
        again = one(receiver)

    assert str(again) == "again"
    assert again.sequence_number > first.sequence_number


def test_a_batch_may_be_as_large_as_on_the_premium_tier(client: ServiceBusClient) -> None:
    with client.get_queue_sender("batches") as sender:
        assert sender.create_message_batch().max_size_in_bytes == 1 << 20


def test_an_auto_renewer_keeps_message_and_session_locks(client: ServiceBusClient) -> None:
    with client.get_queue_sender("sessions") as sender, AutoLockRenewer() as renewer:
        sender.send_messages(ServiceBusMessage("long", session_id="renewed"))
        with client.get_queue_receiver("sessions", session_id="renewed", auto_lock_renewer=renewer) as receiver:
            message = one(receiver)
            receiver.session.renew_lock()
            receiver.complete_message(message)
            assert receiver.peek_messages() == []


def test_sessions_with_messages_or_state_are_listed_or_those_with_a_newer_state(client: ServiceBusClient) -> None:
    with client.get_queue_sender("listed") as sender:
        sender.send_messages([ServiceBusMessage("x", session_id=f"s{number:03}") for number in range(150)])
    with client.get_queue_receiver("listed", session_id="idle") as receiver:
        locked_until = receiver.session.locked_until_utc
        assert locked_until
        updated = locked_until - timedelta(minutes=2)
        receiver.session.set_state(b"state")

        assert sorted(client.list_queue_sessions("listed")) == ["idle", *(f"s{number:03}" for number in range(150))]
        assert list(client.list_queue_sessions("listed", state_updated_after=updated)) == ["idle"]
        assert list(client.list_queue_sessions("listed", state_updated_after=updated + timedelta(hours=1))) == []
