"""A dead-lettered message is settled in one delivery, whatever fails: the broker would deliver it again at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError
from azure.servicebus.exceptions import ServiceBusConnectionError

from adapters.ledger.conflicts import LedgerConflictError
from adapters.messaging.arrivals import Arrival
from adapters.messaging.messages import Messages
from reviews.dead_letters import settle

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
MESSAGE = Arrival("message-1", b"{}", NOW, NOW, 7, None, {})


class Bus(Messages):
    """Remembers what became of the message."""

    def __init__(self, failing: Exception | None = None) -> None:
        self.done: list[tuple[str, ...]] = []
        self.failing = failing

    async def send_back(self, queue: str, arrival: Arrival) -> None:
        self._do("sent back", queue)

    async def quarantine(self, queue: str, arrival: Arrival, reason: str, explanation: str) -> None:
        assert explanation
        self._do("quarantined", queue, reason)

    def _do(self, *what: str) -> None:
        if self.failing:
            raise self.failing
        self.done.append(what)


def failing_with(error: Exception | None) -> Callable[[], Awaitable[None]]:
    async def answer() -> None:
        if error:
            raise error

    return answer


async def became(error: Exception | None, message: Arrival = MESSAGE) -> list[tuple[str, ...]]:
    bus = Bus()
    await settle(bus, message, "decisions", "kept", failing_with(error))
    return bus.done


PASSING = [ServiceRequestError("down"), HttpResponseError("503"), LedgerConflictError("busy")]


async def test_what_is_answered_is_done() -> None:
    assert await became(None) == []


@pytest.mark.parametrize("error", PASSING, ids=repr)
async def test_while_storage_is_down_it_waits_in_its_queue_instead_of_being_delivered_at_once(error: Exception) -> None:
    assert await became(error) == [("sent back", "decisions")]


@pytest.mark.parametrize("error", PASSING, ids=repr)
async def test_a_fault_that_never_passes_ends_in_the_quarantine(error: Exception) -> None:
    message = MESSAGE
    while message.may_return:
        assert await became(error, message) == [("sent back", "decisions")]
        message = replace(message, returns=message.returns + 1)
    assert await became(error, message) == [("quarantined", "kept", "not_processed")]


@pytest.mark.parametrize(
    "error", [TypeError("a property"), KeyError("x"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "x")]
)
async def test_what_fails_on_the_message_itself_is_kept_at_once(error: Exception) -> None:
    assert await became(error) == [("quarantined", "kept", "not_processed")]


async def test_while_service_bus_takes_nothing_the_message_stays_where_it_is() -> None:
    with pytest.raises(ServiceBusConnectionError):
        await settle(
            Bus(ServiceBusConnectionError(message="down")), MESSAGE, "decisions", "kept", failing_with(PASSING[0])
        )
