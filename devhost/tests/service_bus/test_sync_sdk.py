"""The blocking azure-servicebus SDK against the broker."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.servicebus import (
    AutoLockRenewer,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusError,
)

from devhost.service_bus import ServiceBusBroker


def receive(receiver: Any, count: int = 1) -> list[Any]:
    """Exactly `count` messages; credit for one at a time, so that none is left over for a later test."""
    messages: list[Any] = []
    while len(messages) < count:
        arrived = receiver.receive_messages(max_message_count=1, max_wait_time=5)
        assert arrived, f"{len(messages)} of {count} messages arrived"
        messages += arrived
    return messages


def text_properties(message: Any) -> dict[str, Any]:
    """Application properties with text where the SDK leaves bytes."""
    return {
        key.decode(): value.decode() if isinstance(value, bytes) else value
        for key, value in (message.application_properties or {}).items()
    }


def test_a_message_arrives_with_all_that_was_set_on_it(clients: Any) -> None:
    marker = uuid.uuid4()
    properties: dict[str | bytes, Any] = {"text": "é", "number": 7, "ratio": 0.5, "flag": True, "id": marker}
    clients.sender("orders").send_messages(
        ServiceBusMessage(
            "héllo",
            application_properties=properties,
            message_id="m-1",
            correlation_id="c-1",
            subject="greeting",
            content_type="text/plain",
            to="you",
            reply_to="me",
            reply_to_session_id="s",
            partition_key="p",
            time_to_live=timedelta(hours=1),
        )
    )

    (message,) = receive(clients.receiver("orders"))
    clients.receiver("orders").complete_message(message)

    assert str(message) == "héllo"
    assert text_properties(message) == properties
    assert (message.message_id, message.correlation_id, message.subject) == ("m-1", "c-1", "greeting")
    assert (message.content_type, message.to, message.reply_to) == ("text/plain", "you", "me")
    assert (message.reply_to_session_id, message.partition_key) == ("s", "p")
    assert message.time_to_live == timedelta(hours=1)
    assert message.expires_at_utc == message.enqueued_time_utc + timedelta(hours=1)
    assert message.delivery_count == 0
    assert abs(message.enqueued_time_utc - datetime.fromtimestamp(time.time(), UTC)) < timedelta(minutes=1)


def test_values_sequences_empty_and_large_bodies_arrive_unchanged(clients: Any) -> None:
    sender, receiver = clients.sender("bodies"), clients.receiver("bodies")
    large = bytes(range(256)) * 3600
    sender.send_messages(AmqpAnnotatedMessage(value_body={"a": [1, "two", None]}))
    sender.send_messages(AmqpAnnotatedMessage(sequence_body=[[1, 2], ["three"]]))
    sender.send_messages(AmqpAnnotatedMessage(data_body=[b"one", b"two"]))
    sender.send_messages(ServiceBusMessage(b""))
    sender.send_messages(ServiceBusMessage(large))

    value, sequence, parts, empty, big = receive(receiver, 5)
    for message in (value, sequence, parts, empty, big):
        receiver.complete_message(message)

    assert value.body_type == AmqpMessageBodyType.VALUE
    assert value.body == {b"a": [1, b"two", None]}
    assert list(sequence.body) == [[1, 2], [b"three"]]
    assert [b"".join(message.body) for message in (parts, empty, big)] == [b"onetwo", b"", large]


def test_a_batch_arrives_in_order_with_rising_sequence_numbers(clients: Any) -> None:
    sender, receiver = clients.sender("batches"), clients.receiver("batches")
    batch = sender.create_message_batch()
    for number in range(3):
        batch.add_message(ServiceBusMessage(str(number)))
    sender.send_messages(batch)
    sender.send_messages([ServiceBusMessage(str(number)) for number in range(3, 6)])

    messages = receive(receiver, 6)
    for message in messages:
        receiver.complete_message(message)

    assert [str(message) for message in messages] == ["0", "1", "2", "3", "4", "5"]
    first = messages[0].sequence_number
    assert [message.sequence_number for message in messages] == list(range(first, first + 6))
    assert max(batch.max_size_in_bytes, 0) == 1 << 20


def test_an_abandoned_message_comes_back_until_it_is_dead_lettered(clients: Any) -> None:
    clients.sender("retries").send_messages(ServiceBusMessage("fails", application_properties={"kept": 1}))
    receiver = clients.receiver("retries")
    dead_letters = clients.receiver("retries", sub_queue=ServiceBusSubQueue.DEAD_LETTER)

    deliveries = []
    for _ in range(2):
        (message,) = receive(receiver)
        deliveries.append(message)
        receiver.abandon_message(message)
    (dead,) = receive(dead_letters)
    dead_letters.complete_message(dead)

    assert [message.delivery_count for message in deliveries] == [0, 1]
    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    assert dead.enqueued_time_utc == deliveries[0].enqueued_time_utc
    assert text_properties(dead)["kept"] == 1
    assert receiver.peek_messages() == []


def test_a_dead_lettered_message_tells_why_and_can_be_sent_again(clients: Any) -> None:
    sender, receiver = clients.sender("rejects"), clients.receiver("rejects")
    dead_letters = clients.receiver("rejects", sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    sender.send_messages(ServiceBusMessage("bad"))

    (message,) = receive(receiver)
    receiver.dead_letter_message(message, reason="unreadable", error_description="not JSON")
    (dead,) = receive(dead_letters)
    told = (dead.dead_letter_reason, dead.dead_letter_error_description)
    sender.send_messages(dead)
    dead_letters.complete_message(dead)
    (again,) = receive(receiver)
    receiver.complete_message(again)

    assert told == ("unreadable", "not JSON")
    assert str(again) == "bad"
    assert again.sequence_number > message.sequence_number


def test_receive_and_delete_leaves_nothing_to_settle(clients: Any) -> None:
    clients.sender("destructive").send_messages([ServiceBusMessage("a"), ServiceBusMessage("b")])
    receiver = clients.receiver("destructive", receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)

    assert [str(message) for message in receive(receiver, 2)] == ["a", "b"]
    assert receiver.peek_messages() == []


def test_an_expired_lock_brings_the_message_back_and_cannot_settle_it(clients: Any) -> None:
    clients.sender("short-locks").send_messages(ServiceBusMessage("slow"))
    receiver = clients.receiver("short-locks")

    (first,) = receive(receiver)
    (second,) = receive(receiver)
    with pytest.raises(MessageLockLostError):
        receiver.complete_message(first)
    before = second.locked_until_utc
    renewed = receiver.renew_message_lock(second)
    receiver.complete_message(second)

    assert (first.delivery_count, second.delivery_count) == (0, 1)
    assert renewed > before
    assert receiver.peek_messages() == []


def test_an_auto_renewer_keeps_a_lock(clients: Any) -> None:
    clients.sender("orders").send_messages(ServiceBusMessage("long"))
    receiver = clients.receiver("orders")

    (message,) = receive(receiver)
    with AutoLockRenewer() as renewer:
        renewer.register(receiver, message, max_lock_renewal_duration=300)
        receiver.renew_message_lock(message)
    receiver.complete_message(message)

    assert receiver.peek_messages() == []


def test_a_deferred_message_is_received_by_its_number_only(clients: Any) -> None:
    clients.sender("deferrals").send_messages([ServiceBusMessage("later"), ServiceBusMessage("now")])
    receiver = clients.receiver("deferrals")

    (later,) = receive(receiver)
    receiver.defer_message(later)
    (now,) = receive(receiver)
    receiver.complete_message(now)
    (deferred,) = receiver.receive_deferred_messages([later.sequence_number])
    receiver.complete_message(deferred)

    assert (str(now), str(deferred)) == ("now", "later")
    assert receiver.peek_messages() == []


def test_scheduled_messages_wait_for_their_time_and_can_be_cancelled(clients: Any) -> None:
    sender, receiver = clients.sender("schedules"), clients.receiver("schedules")
    soon = datetime.fromtimestamp(time.time() + 1, UTC)
    far = soon + timedelta(days=3)

    numbers = sender.schedule_messages([ServiceBusMessage("far"), ServiceBusMessage("farther")], far)
    sender.send_messages(ServiceBusMessage("soon", scheduled_enqueue_time_utc=soon))
    waiting = [str(message) for message in receiver.peek_messages(10)]
    (message,) = receive(receiver)
    receiver.complete_message(message)
    sender.cancel_scheduled_messages(numbers)

    assert waiting == ["far", "farther", "soon"]
    assert str(message) == "soon"
    assert message.enqueued_time_utc >= soon - timedelta(milliseconds=1)
    assert receiver.peek_messages(sequence_number=1) == []


def test_peeking_pages_through_a_queue_without_taking_anything(clients: Any) -> None:
    clients.sender("nested/orders.V2").send_messages([ServiceBusMessage(str(number)) for number in range(5)])
    receiver = clients.receiver("NESTED/Orders.v2")

    pages = [[str(message) for message in receiver.peek_messages(2)] for _ in range(3)]
    received = [str(message) for message in receive(receiver, 5)]

    assert pages == [["0", "1"], ["2", "3"], ["4"]]
    assert received == ["0", "1", "2", "3", "4"]


def test_a_message_id_is_accepted_once_within_the_window(clients: Any) -> None:
    sender, receiver = clients.sender("once"), clients.receiver("once")
    sender.send_messages(ServiceBusMessage("first", message_id="same"))
    sender.send_messages([ServiceBusMessage("again", message_id="same"), ServiceBusMessage("other", message_id="o")])

    messages = receive(receiver, 2)

    assert [str(message) for message in messages] == ["first", "other"]


def test_an_oversized_message_is_refused_and_nothing_of_it_is_kept(clients: Any) -> None:
    with clients.client.get_queue_sender("bodies") as sender, pytest.raises(MessageSizeExceededError):
        sender.send_messages(ServiceBusMessage(b"x" * (3 << 20)))

    assert clients.receiver("bodies").peek_messages() == []


@pytest.mark.parametrize(
    ("entity", "error", "text"),
    [
        ("nowhere", MessagingEntityNotFoundError, "nowhere"),
        ("orders/$DeadLetterQueue", ServiceBusError, "cannot be sent to"),
        ("sessions", ServiceBusError, "session"),
    ],
)
def test_sending_where_it_cannot_be_is_refused_with_the_reason(
    clients: Any, entity: str, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text), clients.client.get_queue_sender(entity) as sender:
        sender.send_messages(ServiceBusMessage("lost"))


def test_receiving_from_an_entity_with_sessions_is_refused_for_now(clients: Any) -> None:
    with (
        pytest.raises(ServiceBusError, match="not supported by this broker"),
        clients.client.get_queue_receiver("sessions") as receiver,
    ):
        receiver.receive_messages(max_wait_time=1)


def test_a_wrong_key_is_refused(running_broker: ServiceBusBroker) -> None:
    wrong = running_broker.connection_string.replace("SharedAccessKey=", "SharedAccessKey=not", 1)
    with (
        ServiceBusClient.from_connection_string(wrong, retry_total=0) as client,
        pytest.raises(ServiceBusAuthenticationError),
        client.get_queue_sender("orders") as sender,
    ):
        sender.send_messages(ServiceBusMessage("lost"))
