"""Brokers to test against: one in a thread for the blocking SDK, fresh ones on the test's own loop for the rest."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from devhost.clock import Clock
from devhost.service_bus import EntityConfig, ServiceBusBroker
from devhost.service_bus.entities import CorrelationFilter, Queue, QueueRules, Subscription, Topic

KEY = "tests only: +/="

ENTITIES = EntityConfig(
    queues=(
        Queue("orders"),
        Queue("nested/Orders.v2"),
        Queue("batches"),
        Queue("bodies"),
        Queue("retries", QueueRules(max_delivery_count=2)),
        Queue("rejects"),
        Queue("destructive"),
        Queue("short-locks", QueueRules(lock_duration=1)),
        Queue("deferrals"),
        Queue("schedules"),
        Queue("expiring", QueueRules(default_ttl=3600, dead_letter_on_expiration=True)),
        Queue("vanishing"),
        Queue("once", duplicate_window=600),
        Queue("sessions", QueueRules(requires_session=True)),
    ),
    topics=(
        Topic(
            "events",
            (
                Subscription("all"),
                Subscription("urgent", filters=(CorrelationFilter({"subject": "fire"}, {"level": 3}),)),
            ),
            duplicate_window=600,
        ),
    ),
)


class BrokerThread:
    """A broker on a loop of its own, for clients that block."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.broker = ServiceBusBroker(ENTITIES, folder / "broker.db", Clock(), KEY)

    def __enter__(self) -> BrokerThread:
        self._thread.start()
        self._run(self.broker.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self.broker.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Awaitable[None]) -> None:
        async def awaited() -> None:
            await work

        asyncio.run_coroutine_threadsafe(awaited(), self._loop).result(timeout=10)


class Clients:
    """SDK objects by entity, opened when first used; opening and closing one costs the SDK about a second."""

    def __init__(self, client: ServiceBusClient) -> None:
        self.client = client
        self._senders: dict[str, ServiceBusSender] = {}
        self._receivers: dict[tuple[str, ...], ServiceBusReceiver] = {}

    def sender(self, queue: str) -> ServiceBusSender:
        if queue not in self._senders:
            self._senders[queue] = self.client.get_queue_sender(queue)
        return self._senders[queue]

    def receiver(self, queue: str, **options: Any) -> ServiceBusReceiver:
        key = (queue, repr(options))
        if key not in self._receivers:
            self._receivers[key] = self.client.get_queue_receiver(queue, max_wait_time=5, **options)
        return self._receivers[key]

    def close(self) -> None:
        with ThreadPoolExecutor(32) as threads:
            everything = [*self._senders.values(), *self._receivers.values()]
            list(threads.map(lambda opened: opened.close(), everything))


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceBusBroker]:
    with BrokerThread(tmp_path_factory.mktemp("broker")) as thread:
        yield thread.broker


@pytest.fixture(scope="session")
def clients(running_broker: ServiceBusBroker) -> Iterator[Clients]:
    with ServiceBusClient.from_connection_string(running_broker.connection_string, retry_total=0) as client:
        opened = Clients(client)
        yield opened
        opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def start_broker(tmp_path: Path, clock: Clock) -> AsyncIterator[Callable[..., Awaitable[ServiceBusBroker]]]:
    """Starts a broker on this loop; called again with nothing, one on the same database after the first stopped."""
    started: list[ServiceBusBroker] = []

    async def start(config: EntityConfig = ENTITIES) -> ServiceBusBroker:
        broker = ServiceBusBroker(config, tmp_path / "broker.db", clock, KEY)
        await broker.start()
        started.append(broker)
        return broker

    yield start
    for broker in started:
        await broker.stop()


@pytest.fixture
async def broker(start_broker: Callable[..., Awaitable[ServiceBusBroker]]) -> ServiceBusBroker:
    return await start_broker()
