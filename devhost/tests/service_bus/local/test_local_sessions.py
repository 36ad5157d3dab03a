"""Sessions within the host's process: accepting, receiving and giving back."""

from __future__ import annotations

import asyncio

import pytest

from devhost.ports import MessageBroker, MessageSessions, OutgoingMessage
from devhost.service_bus import BrokerStoppedError, LockLostError, ServiceBusBroker
from devhost.service_bus.errors import NotAllowedError


def word(body: str, session_id: str) -> OutgoingMessage:
    return OutgoingMessage(body.encode(), body, session_id=session_id)


async def test_a_session_gives_what_it_has_and_then_nothing(broker: ServiceBusBroker) -> None:
    messages: MessageBroker = broker
    sessions: MessageSessions = messages.sessions("sessions")
    await broker.send("sessions", [word("1", "a"), word("2", "b"), word("3", "a")])

    session = await sessions.accept()
    received = await session.receive(10)
    for message in received:
        await session.complete(message.lock_token)
    nothing = await session.receive(10)
    session.close()

    assert session.session_id == "a"
    assert [message.body for message in received] == [b"1", b"3"]
    assert nothing == []
    assert sessions.active_count() == 1


async def test_accepting_waits_for_a_session_that_nobody_holds(broker: ServiceBusBroker) -> None:
    sessions = broker.sessions("sessions")
    await broker.send("sessions", [word("1", "a")])
    first = await sessions.accept()

    waiting = asyncio.create_task(sessions.accept())
    await broker.send("sessions", [word("2", "a")])
    assert not waiting.done()
    first.close()
    second = await waiting

    assert second.session_id == "a"
    assert [message.delivery_count for message in await second.receive(10)] == [1, 1]


async def test_given_up_waiting_takes_no_session_with_it(broker: ServiceBusBroker) -> None:
    sessions = broker.sessions("sessions")
    given_up = asyncio.create_task(sessions.accept())
    await asyncio.sleep(0)
    given_up.cancel()
    await broker.send("sessions", [word("1", "a")])
    await asyncio.gather(given_up, return_exceptions=True)

    session = await asyncio.wait_for(sessions.accept(), 60)

    assert session.session_id == "a"


async def test_a_lost_session_gives_nothing_more_and_its_messages_count_the_delivery(broker: ServiceBusBroker) -> None:
    sessions = broker.sessions("short-sessions")
    await broker.send("short-sessions", [word("1", "a"), word("2", "a")])
    lost = await sessions.accept()
    (message,) = await lost.receive(1)

    again = await sessions.accept()  # once the lock of one second has expired
    redelivered = await again.receive(10)

    assert [delivery.delivery_count for delivery in redelivered] == [2, 1]
    assert await lost.receive(10) == []
    with pytest.raises(LockLostError):
        await lost.renew(message.lock_token)
    with pytest.raises(LockLostError):
        await lost.complete(message.lock_token)
    lost.close()
    await again.renew(redelivered[0].lock_token)


async def test_entities_with_and_without_sessions_are_told_apart(broker: ServiceBusBroker) -> None:
    with pytest.raises(NotAllowedError, match="requires sessions"):
        broker.receiver("sessions")
    with pytest.raises(NotAllowedError, match="no sessions"):
        broker.sessions("orders")
    with pytest.raises(KeyError):
        broker.sessions("nowhere")
    with pytest.raises(NotAllowedError):
        await broker.send("sessions", [OutgoingMessage(b"x", "no session")])


async def test_stopping_ends_those_who_wait_for_a_session_and_keeps_state_and_messages(start_broker) -> None:
    first = await start_broker()
    await first.send("sessions", [word("1", "a")])
    held = await first.sessions("sessions").accept()
    await held.receive(1)
    waiting = asyncio.create_task(first.sessions("sessions").accept())
    await first.send("orders", [OutgoingMessage(b"x", "x")])
    await first.stop()
    with pytest.raises(BrokerStoppedError):
        await waiting
    held.close()

    second = await start_broker()
    session = await second.sessions("sessions").accept()

    assert [message.delivery_count for message in await session.receive(10)] == [1]
