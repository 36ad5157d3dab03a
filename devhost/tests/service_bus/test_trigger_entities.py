"""A Service Bus trigger must fit its entity, else the app does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devhost.app.functions import Binding, Function
from devhost.app.host_json import ServiceBus
from devhost.errors import StartError
from devhost.service_bus import ServiceBusBroker
from devhost.triggers.service_bus import service_bus_trigger

NO_INVOKER: Any = None  # nothing is run


def function(queue: str, *, sessions: bool) -> Function:
    options = {"queueName": queue, "isSessionsEnabled": sessions}
    trigger = Binding("message", "serviceBusTrigger", "IN", options)
    return Function("on_message", print, trigger, (), (), {}, False, Path())


@pytest.mark.parametrize(
    ("queue", "sessions", "says"),
    [
        ("nowhere", False, "no Service Bus entity 'nowhere'"),
        ("nowhere", True, "no Service Bus entity 'nowhere'"),
        ("sessions", False, "is_sessions_enabled=True"),
        ("orders", True, "is_sessions_enabled=False"),
    ],
)
async def test_a_trigger_that_does_not_fit_its_entity_is_refused_with_the_remedy(
    broker: ServiceBusBroker, queue: str, sessions: bool, says: str
) -> None:
    with pytest.raises(StartError, match=f"function on_message: .*{says}"):
        service_bus_trigger(function(queue, sessions=sessions), broker, NO_INVOKER, ServiceBus())


@pytest.mark.parametrize(("queue", "sessions"), [("sessions", True), ("orders", False)])
async def test_a_trigger_that_fits_is_not_in_flight_before_there_is_a_message(
    broker: ServiceBusBroker, queue: str, sessions: bool
) -> None:
    trigger = service_bus_trigger(function(queue, sessions=sessions), broker, NO_INVOKER, ServiceBus())
    await trigger.start()

    assert trigger.in_flight() is None
    await trigger.stop()
