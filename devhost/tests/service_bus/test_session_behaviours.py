"""What Service Bus does with sessions, as three clients see it."""

from __future__ import annotations

import time
from typing import Any


def bodies(messages: list[Any]) -> list[bytes]:
    return [message.body for message in messages]


def test_a_session_delivers_its_own_messages_in_order(sdk) -> None:
    sdk.send("sessions", *({"body": f"{number}", "session_id": "ab"[number % 2]} for number in range(6)))

    receiver = sdk.accept("sessions", "a")
    messages = receiver.receive(3)
    for message in messages:
        receiver.settle("complete", message)
    left = receiver.peek()
    receiver.do("close")

    assert bodies(messages) == [b"0", b"2", b"4"]
    assert (receiver.session_id, messages[0].session_id) == ("a", "a")
    assert left == []


def test_receivers_that_ask_for_the_next_session_get_one_each(sdk) -> None:
    sdk.send("turns", {"body": "1", "session_id": "one"})
    sdk.send("turns", {"body": "2", "session_id": "two"})

    receivers = [sdk.accept("turns"), sdk.accept("turns")]
    received = {receiver.session_id: receiver.one().body for receiver in receivers}
    for receiver in receivers:
        receiver.do("close")

    assert received == {"one": b"1", "two": b"2"}


def test_who_asks_for_the_next_session_waits_until_there_is_one(sdk) -> None:
    accepted = sdk.begin_accept("awaited")
    sdk.send("awaited", {"body": "arrives", "session_id": "new"})

    receiver = accepted()
    message = receiver.one()
    receiver.settle("complete", message)
    receiver.do("close")

    assert (receiver.session_id, message.body) == ("new", b"arrives")


def test_who_waits_for_a_session_in_vain_is_told_so(sdk) -> None:
    with sdk.refusing("OperationTimeout"):
        sdk.accept("nothing", wait=1)


def test_a_session_has_one_receiver_at_a_time(sdk) -> None:
    holder = sdk.accept("sessions", "held")

    with sdk.refusing("SessionCannotBeLocked"):
        sdk.accept("sessions", "held")
    holder.do("close")
    sdk.accept("sessions", "held").do("close")


def test_the_state_of_a_session_outlives_its_receivers(sdk) -> None:
    first = sdk.accept("sessions", "stateful")
    unset = first.do("state")
    first.do("set_state", state="c3RhdGU=")
    first.do("close")
    second = sdk.accept("sessions", "stateful")
    kept = second.do("state")
    second.do("set_state", state=None)
    cleared = second.do("state")
    second.do("close")

    assert (unset, kept, cleared) == (None, "c3RhdGU=", None)


def test_a_session_lock_can_be_renewed(sdk) -> None:
    receiver = sdk.accept("sessions", "renewed")

    renewed = receiver.do("renew_session")
    receiver.do("close")

    assert time.time() < receiver.locked_until <= renewed


def test_a_lost_session_gives_its_messages_back_as_failed_deliveries(sdk) -> None:
    sdk.send("short-sessions", {"body": "slow", "session_id": "s"})
    slow = sdk.accept("short-sessions", "s")
    first = slow.one()
    next_one = sdk.accept("short-sessions")
    again = next_one.one()

    with sdk.refusing("SessionLockLost"):
        slow.settle("complete", first)
    next_one.settle("complete", again)
    next_one.do("close")

    assert (first.delivery_count, again.delivery_count) == (0, 1)


def test_closing_a_session_gives_its_messages_back_as_they_were(sdk) -> None:
    session = "closed"
    sdk.send("sessions", {"body": "unsettled", "session_id": session})
    first = sdk.accept("sessions", session)
    first.one()
    first.do("close")

    second = sdk.accept("sessions", session)
    message = second.one()
    second.settle("complete", message)
    second.do("close")

    assert (message.body, message.delivery_count) == (b"unsettled", 0)


def test_a_deferred_message_is_received_with_its_session(sdk) -> None:
    session = "deferring"
    sdk.send("sessions", {"body": "later", "session_id": session})
    receiver = sdk.accept("sessions", session)

    later = receiver.one()
    receiver.settle("defer", later)
    deferred = receiver.deferred(later.number)
    receiver.settle("complete", deferred)
    left = receiver.peek()
    receiver.do("close")

    assert (deferred.body, left) == (b"later", [])


def test_the_dead_letters_of_sessions_are_received_without_one(sdk) -> None:
    sdk.send("last-chance", {"body": "hopeless", "session_id": "s"})
    receiver = sdk.accept("last-chance", "s")
    receiver.settle("abandon", receiver.one())
    receiver.do("close")

    dead = sdk.receiver("last-chance", dead_letter=True).one()

    assert (dead.body, dead.session_id, dead.reason) == (b"hopeless", "s", "MaxDeliveryCountExceeded")


def test_without_a_session_nothing_is_received_where_they_are_required(sdk) -> None:
    with sdk.refusing("ServiceBus", text="requires sessions"):
        sdk.receiver("sessions").do("receive", count=1, wait=1)


def test_a_session_is_refused_where_there_are_none(sdk) -> None:
    # The JavaScript SDK treats any refusal of a session as a locked session.
    with sdk.refusing("ServiceBus", "SessionCannotBeLocked"):
        sdk.accept("orders", "s")
