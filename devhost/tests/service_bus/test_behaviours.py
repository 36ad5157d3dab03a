"""What Service Bus does, as three clients see it: the Python SDK, blocking and asynchronous, and the JavaScript SDK."""

from __future__ import annotations

import time
from typing import Any

import pytest


def bodies(messages: list[Any]) -> list[bytes]:
    return [message.body for message in messages]


# Sending and receiving


def test_a_message_arrives_with_all_that_was_set_on_it(sdk) -> None:
    fields = {
        "message_id": "m-1",
        "correlation_id": "c-1",
        "subject": "greeting",
        "content_type": "text/plain",
        "to": "you",
        "reply_to": "me",
        "reply_to_session_id": "s",
        "partition_key": "p",
        "ttl": 3600,
        "properties": {"text": "é", "number": 7, "ratio": 0.5, "flag": True},
    }
    sdk.send("orders", {"body": "héllo"} | fields)

    message = sdk.receiver("orders").one()
    sdk.receiver("orders").settle("complete", message)

    assert message.body == "héllo".encode()
    assert {name: getattr(message, name) for name in fields} == fields
    assert message.expires_at == message.enqueued_at + 3600
    assert message.delivery_count == 0
    assert abs(message.enqueued_at - time.time()) < 60


def test_empty_and_large_bodies_arrive_unchanged(sdk) -> None:
    large = bytes(range(256)) * 3600
    sdk.send("bodies", {"body": b""})
    sdk.send("bodies", {"body": large})

    messages = sdk.receiver("bodies").receive(2)
    for message in messages:
        sdk.receiver("bodies").settle("complete", message)

    assert bodies(messages) == [b"", large]


def test_a_batch_arrives_in_order_with_rising_sequence_numbers(sdk) -> None:
    sdk.send("batches", *({"body": str(number)} for number in range(6)))

    messages = sdk.receiver("batches").receive(6)
    for message in messages:
        sdk.receiver("batches").settle("complete", message)

    assert bodies(messages) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    numbers = [message.number for message in messages]
    assert numbers == list(range(numbers[0], numbers[0] + 6))


def test_receive_and_delete_leaves_nothing_to_settle(sdk) -> None:
    sdk.send("destructive", {"body": "a"}, {"body": "b"})
    receiver = sdk.receiver("destructive", deletes=True)

    assert bodies(receiver.receive(2)) == [b"a", b"b"]
    assert receiver.peek() == []


def test_peeking_pages_through_a_queue_without_taking_anything(sdk) -> None:
    sdk.send("nested/orders.V2", *({"body": str(number)} for number in range(5)))
    receiver = sdk.receiver("NESTED/Orders.v2")

    first = receiver.peek(2)
    second = receiver.peek(3, start=first[-1].number + 1)
    received = receiver.receive(5)
    for message in received:
        receiver.settle("complete", message)

    assert (bodies(first), bodies(second)) == ([b"0", b"1"], [b"2", b"3", b"4"])
    assert bodies(received) == [b"0", b"1", b"2", b"3", b"4"]


def test_a_message_id_is_accepted_once_within_the_window(sdk) -> None:
    sdk.send("once", {"body": "first", "message_id": "same"})
    sdk.send("once", {"body": "again", "message_id": "same"}, {"body": "other", "message_id": "o"})

    assert bodies(sdk.receiver("once").receive(2)) == [b"first", b"other"]
    assert len(sdk.receiver("once").peek()) == 2


def test_a_topic_copies_to_each_subscription_whose_filter_matches(sdk) -> None:
    everything = sdk.receiver("events", subscription="all")
    urgent = sdk.receiver("events", subscription="urgent")
    dead_letters = sdk.receiver("events", subscription="urgent", dead_letter=True)
    sdk.send("events", {"body": "1", "subject": "fire", "properties": {"level": 3}})
    sdk.send("events", {"body": "2", "subject": "fire", "properties": {"level": 4}})

    copies = everything.receive(2)
    urgent.settle("dead_letter", urgent.one(), reason="too hot", description="for us")
    dead = dead_letters.one()

    assert bodies(copies) == [b"1", b"2"]
    assert (dead.body, dead.reason, dead.description) == (b"1", "too hot", "for us")
    assert urgent.peek() == []


# Settling


def test_an_abandoned_message_comes_back_until_it_is_dead_lettered(sdk) -> None:
    receiver, dead_letters = sdk.receiver("retries"), sdk.receiver("retries", dead_letter=True)
    sdk.send("retries", {"body": "fails", "properties": {"kept": 1}})

    deliveries = []
    for _ in range(2):
        deliveries.append(receiver.one())
        receiver.settle("abandon", deliveries[-1])
    dead = dead_letters.one()
    dead_letters.settle("complete", dead)

    assert [message.delivery_count for message in deliveries] == [0, 1]
    assert (dead.reason, dead.properties["kept"]) == ("MaxDeliveryCountExceeded", 1)
    assert dead.enqueued_at == deliveries[0].enqueued_at
    assert receiver.peek() == []


def test_a_dead_lettered_message_tells_why(sdk) -> None:
    receiver, dead_letters = sdk.receiver("rejects"), sdk.receiver("rejects", dead_letter=True)
    sdk.send("rejects", {"body": "bad"})

    receiver.settle("dead_letter", receiver.one(), reason="unreadable", description="not JSON")
    dead = dead_letters.one()
    dead_letters.settle("complete", dead)

    assert (dead.body, dead.reason, dead.description) == (b"bad", "unreadable", "not JSON")
    assert receiver.peek() == dead_letters.peek() == []


def test_a_deferred_message_is_received_by_its_number_only(sdk) -> None:
    receiver = sdk.receiver("deferrals")
    sdk.send("deferrals", {"body": "later"}, {"body": "now"})

    later = receiver.one()
    receiver.settle("defer", later)
    now = receiver.one()
    receiver.settle("complete", now)
    deferred = receiver.deferred(later.number)
    receiver.settle("complete", deferred)

    assert bodies([now, deferred]) == [b"now", b"later"]
    assert receiver.peek() == []


def test_an_expired_lock_brings_the_message_back_and_cannot_settle_it(sdk) -> None:
    receiver = sdk.receiver("short-locks")
    sdk.send("short-locks", {"body": "slow"})

    first = receiver.one()
    second = receiver.one()
    with sdk.refusing("MessageLockLost"):
        receiver.settle("complete", first)
    receiver.settle("complete", second)

    assert (first.delivery_count, second.delivery_count) == (0, 1)
    assert receiver.peek() == []


def test_a_lock_can_be_renewed(sdk) -> None:
    receiver = sdk.receiver("renewals")
    sdk.send("renewals", {"body": "long"})
    message = receiver.one()

    first, second = (receiver.do("renew", token=message.token) for _ in range(2))
    receiver.settle("complete", message)

    assert time.time() < first <= second
    assert receiver.peek() == []


# Time


def test_scheduled_messages_wait_for_their_time_and_can_be_cancelled(sdk) -> None:
    receiver = sdk.receiver("schedules")
    soon = time.time() + 1

    far = sdk.schedule("schedules", soon + 86400, {"body": "far"}, {"body": "farther"})
    sdk.schedule("schedules", soon, {"body": "soon"})
    waiting = bodies(receiver.peek())
    message = receiver.one()
    receiver.settle("complete", message)
    sdk.do("cancel", entity="schedules", numbers=far)

    assert waiting == [b"far", b"farther", b"soon"]
    assert message.body == b"soon"
    assert message.enqueued_at >= soon - 0.001
    assert receiver.peek() == []


def test_a_message_that_outlives_its_time_to_live_is_dead_lettered(sdk) -> None:
    receiver, dead_letters = sdk.receiver("short-lived"), sdk.receiver("short-lived", dead_letter=True)
    sdk.send("short-lived", {"body": "gone soon", "ttl": 1}, {"body": "stays"})

    dead = dead_letters.one()
    dead_letters.settle("complete", dead)

    assert (dead.body, dead.reason) == (b"gone soon", "TTLExpiredException")
    assert bodies(receiver.peek()) == [b"stays"]


# Refusals


def test_an_oversized_message_is_refused_and_nothing_of_it_is_kept(sdk) -> None:
    with sdk.refusing("MessageSizeExceeded"):
        sdk.send("oversized", {"body": b"x" * (3 << 20)})

    assert sdk.receiver("oversized").peek() == []


@pytest.mark.parametrize(
    ("entity", "kind", "text"),
    [
        ("nowhere", "MessagingEntityNotFound", "nowhere"),
        ("orders/$DeadLetterQueue", "ServiceBus", "cannot be sent to"),
        ("sessions", "ServiceBus", "session"),
    ],
)
def test_sending_where_it_cannot_be_is_refused_with_the_reason(sdk, entity: str, kind: str, text: str) -> None:
    with sdk.refusing(kind, text=text):
        sdk.send(entity, {"body": "lost"})


def test_a_wrong_key_is_refused(sdk, sdk_command, drive) -> None:
    wrong = drive([*sdk_command, sdk.connection_string.replace("AccessKey=", "AccessKey=not", 1)])
    with wrong.refusing("ServiceBusAuthentication"):
        wrong.send("orders", {"body": "lost"})
