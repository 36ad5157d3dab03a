"""How a Service Bus trigger settles messages if the function succeeds or fails, and how many it handles at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from devhost.app.functions import Binding, Function
from devhost.app.host_json import ServiceBus
from devhost.ports import OutgoingMessage, ReceivedMessage
from devhost.service_bus import ServiceBusBroker
from devhost.triggers.service_bus import service_bus_trigger

SUCCEEDS, FAILS = True, False


class App:
    """An invoker whose function blocks until it may continue, then succeeds or fails."""

    def __init__(self, *outcomes: bool) -> None:
        self._outcomes = list(outcomes)
        self.running = self.most = self.ended = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def invoke(self, *_: object) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.go_on.wait()
        finally:
            self.running -= 1
        self.ended += 1
        if self._outcomes and self._outcomes.pop(0) is FAILS:
            raise RuntimeError("as told")


def trigger(queue: str, broker: ServiceBusBroker, app: Any, options: ServiceBus, **own: object) -> Any:
    binding = Binding("message", "serviceBusTrigger", "IN", {"queueName": queue, **own})
    function = Function("on_message", print, binding, (), (), {}, False, Path())
    return service_bus_trigger(function, broker, app, options)


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (what is waited for sets no asyncio.Event)
            await asyncio.sleep(0.002)


async def send(broker: ServiceBusBroker, queue: str, count: int = 1) -> None:
    await broker.send(queue, [OutgoingMessage(b"x", str(number)) for number in range(count)])


async def receive(broker: ServiceBusBroker, path: str) -> ReceivedMessage:
    async with asyncio.timeout(60):
        (message,) = await broker.receiver(path).receive(1)
    return message


@pytest.mark.parametrize(("setting", "own"), [(False, {}), (True, {"autoCompleteMessages": False})])
async def test_without_auto_complete_a_success_leaves_the_message_until_its_lock_ends(
    broker: ServiceBusBroker, setting: bool, own: dict[str, object]
) -> None:
    app = App()
    listener = trigger(
        "short-locks", broker, app, ServiceBus.model_validate({"autoCompleteMessages": setting}), **own
    )  # one second
    await send(broker, "short-locks")
    await listener.start()
    await until(lambda: app.ended == 1)
    await listener.stop()
    again = await receive(broker, "short-locks")

    assert again.delivery_count == 2


async def test_without_auto_complete_a_failure_is_abandoned_all_the_same(broker: ServiceBusBroker) -> None:
    app = App(FAILS, FAILS)
    listener = trigger(
        "retries", broker, app, ServiceBus.model_validate({"autoCompleteMessages": False})
    )  # two deliveries
    await send(broker, "retries")
    await listener.start()
    dead = await receive(broker, "retries/$DeadLetterQueue")
    await listener.stop()

    assert (app.ended, dead.application_properties["DeadLetterReason"]) == (2, "MaxDeliveryCountExceeded")


async def test_a_failing_batch_comes_back_whole(broker: ServiceBusBroker) -> None:
    app = App(FAILS, SUCCEEDS)
    listener = trigger("batches", broker, app, ServiceBus(), cardinality="MANY")
    await send(broker, "batches", 3)
    await listener.start()
    await until(lambda: app.ended == 2 and listener.in_flight() is None)
    await listener.stop()

    assert broker.receiver("batches").active_count() == 0


async def test_no_more_run_at_once_than_host_json_says(broker: ServiceBusBroker) -> None:
    app = App()
    app.go_on.clear()
    listener = trigger("orders", broker, app, ServiceBus.model_validate({"maxConcurrentCalls": 3}))
    await send(broker, "orders", 10)
    await listener.start()
    await until(lambda: app.running == 3)
    assert "3 in hand, 7 waiting" in listener.in_flight()
    app.go_on.set()
    await until(lambda: app.ended == 10)
    await listener.stop()

    assert app.most == 3
