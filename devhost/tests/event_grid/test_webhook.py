"""Push to webhooks: handshake, retry, giving up, and events that outlive a killed host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from devhost.clock import Clock
from devhost.event_grid.config import EventGridConfig, Subscription
from devhost.event_grid.delivery import EventDelivery, FailedError
from devhost.event_grid.store import EventStore
from devhost.service_bus import EntityConfig, ServiceBusBroker

EVENT = {"specversion": "1.0", "id": "e1", "source": "/s", "type": "t.v1", "subject": "x"}


class Subscriber:
    """A webhook that answers with `statuses` in turn, then 200, and keeps what it has accepted."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.answering = asyncio.Event()
        self.answering.set()
        self.allowed = "eventgrid.azure.net"
        self.requests: list[web.Request] = []
        self.taken: list[dict[str, Any]] = []
        application = web.Application()
        application.router.add_route("OPTIONS", "/events", self._allow)
        application.router.add_post("/events", self._take)
        self.server = TestServer(application)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/events"))

    async def _allow(self, request: web.Request) -> web.Response:
        assert request.headers["WebHook-Request-Origin"] == "eventgrid.azure.net"
        return web.Response(headers={"WebHook-Allowed-Origin": self.allowed})

    async def _take(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        await self.answering.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.taken.append(await request.json())
        return web.Response(status=status)


class Grid:
    """A delivery with waits of milliseconds, on a store that a test can reopen."""

    def __init__(
        self,
        folder: Path,
        subscriber: Subscriber,
        broker: ServiceBusBroker,
        back_off: tuple[float, ...] = (0.01, 0.05),
        **policy: int,
    ) -> None:
        destination = {"endpointType": "WebHook", "endpointUrl": subscriber.url}
        subscription = {"destination": destination, "retryPolicy": policy}
        self.config = EventGridConfig.model_validate({"subscriptions": {"hook": subscription}})
        self.store = EventStore(folder / "events.db", time.time())
        self.delivery = EventDelivery(self.store, broker, self.config.subscriptions, back_off)

    async def __aenter__(self) -> Grid:
        await self.delivery.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.delivery.stop()
        self.store.close()

    def publish(self, *events: dict[str, Any]) -> None:
        self.delivery.push(self.store.accept(events, "custom", self.config.subscriptions, time.time()))

    def outcome(self) -> dict[str, Any]:
        return self.store.deliveries(1)[0]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():  # noqa: ASYNC110  (what is waited for sets no asyncio.Event)
            await asyncio.sleep(0.005)


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    made = Subscriber()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
def broker(tmp_path: Path) -> ServiceBusBroker:
    """Return a broker that is not started, because these deliveries do not use it."""
    return ServiceBusBroker(EntityConfig(), tmp_path / "bus.db", Clock(), "key")


async def test_an_event_is_pushed_once_after_the_handshake(tmp_path, subscriber, broker) -> None:
    async with Grid(tmp_path, subscriber, broker) as grid:
        grid.publish(EVENT, {**EVENT, "id": "e2"})
        assert grid.delivery.in_flight() == "2 event deliveries"
        await until(lambda: grid.delivery.in_flight() is None)
        assert sorted(event["id"] for event in subscriber.taken) == ["e1", "e2"]
        assert subscriber.requests[0].headers["aeg-event-type"] == "Notification"
        assert subscriber.requests[0].content_type == "application/cloudevents+json"
        assert grid.store.counts("hook") == {"pending": 0, "delivered": 2, "dead-lettered": 0}


async def test_a_failing_webhook_is_tried_again_and_waiting_is_not_in_flight(tmp_path, subscriber, broker) -> None:
    subscriber.statuses = [500, 503]
    async with Grid(tmp_path, subscriber, broker) as grid:
        grid.publish(EVENT)
        await until(lambda: grid.store.counts("hook")["delivered"] == 1)
        assert [request.headers["aeg-delivery-count"] for request in subscriber.requests] == ["0", "1", "2"]


async def test_each_failure_postpones_the_next_attempt_further(tmp_path, subscriber, broker) -> None:
    subscriber.statuses = [500, 500, 500]
    async with Grid(tmp_path, subscriber, broker, back_off=(0.0, 0.0, 1000.0)) as grid:
        grid.publish(EVENT)
        await until(lambda: grid.outcome()["attempts"] == 3)
        wait = grid.outcome()["due"] - time.time()
    assert (len(subscriber.requests), 900 < wait <= 1000) == (3, True)


async def test_an_event_is_given_up_when_its_next_attempt_would_come_too_late(tmp_path, subscriber, broker) -> None:
    subscriber.statuses = [500]
    async with Grid(tmp_path, subscriber, broker, back_off=(90.0,), eventTimeToLiveInMinutes=1) as grid:
        grid.publish(EVENT)
        await until(lambda: grid.outcome()["state"] == "dead-lettered")
        assert grid.outcome()["attempts"] == 1


async def test_an_event_is_given_up_after_the_most_attempts(tmp_path, subscriber, broker) -> None:
    subscriber.statuses = [500] * 10
    async with Grid(tmp_path, subscriber, broker, maxDeliveryAttempts=3) as grid:
        grid.publish(EVENT)
        await until(lambda: grid.outcome()["state"] == "dead-lettered")
        assert (grid.outcome()["attempts"], len(subscriber.requests)) == (3, 3)
        assert "500" in grid.outcome()["outcome"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
async def test_a_refusal_is_not_tried_again(tmp_path, subscriber, broker, status: int) -> None:
    subscriber.statuses = [status]
    async with Grid(tmp_path, subscriber, broker) as grid:
        grid.publish(EVENT)
        await until(lambda: grid.outcome()["state"] == "dead-lettered")
        assert len(subscriber.requests) == 1


async def test_a_webhook_that_does_not_allow_us_gets_nothing(tmp_path, subscriber, broker) -> None:
    subscriber.allowed = "somebody-else.example"
    async with Grid(tmp_path, subscriber, broker, maxDeliveryAttempts=2) as grid:
        with pytest.raises(FailedError, match="WebHook-Allowed-Origin"):
            await grid.delivery.validate(subscriber.url)
        grid.publish(EVENT)
        await until(lambda: grid.outcome()["state"] == "dead-lettered")
        assert subscriber.requests == []


async def test_what_was_not_taken_is_pushed_after_a_restart(tmp_path, subscriber, broker) -> None:
    subscriber.statuses = [500]
    first = Grid(tmp_path, subscriber, broker)
    first.store.accept([EVENT], "custom", first.config.subscriptions, time.time())
    first.store.close()
    async with Grid(tmp_path, subscriber, broker) as second:
        await until(lambda: second.store.counts("hook")["delivered"] == 1)
    assert len(subscriber.taken) == 1
    async with Grid(tmp_path, subscriber, broker) as third:
        assert third.store.pending() == []


async def test_a_subscriber_added_while_the_host_runs_gets_events_even_after_a_kill(new_host, subscriber) -> None:
    host = await asyncio.to_thread(new_host().start)
    headers = {"aeg-sas-key": host.endpoints["eventGrid"]["key"], "Content-Type": "application/cloudevents+json"}
    body = {"destination": {"endpointType": "WebHook", "endpointUrl": subscriber.url}}

    async def call(method: str, path: str, content: object = None, key: dict[str, str] = headers) -> Any:
        return await asyncio.to_thread(host.call, method, path, content, key)

    refused = await call("PUT", "/eventgrid/subscriptions/me", body, {"aeg-sas-key": "guess"})
    assert refused.status == 401
    assert (await call("PUT", "/eventgrid/subscriptions/live", body)).status == 200
    for topic, listed in (("", True), ("?topic=custom", True), ("?topic=storage", False)):
        found = (await call("GET", f"/eventgrid/subscriptions{topic}")).json()
        assert ("live" in [each["name"] for each in found]) == listed
    subscriber.answering.clear()
    assert (await call("POST", "/eventgrid/api/events", EVENT)).status == 200
    await until(lambda: len(subscriber.requests) == 1)
    await asyncio.to_thread(host.kill)  # while it waits for the answer
    subscriber.answering.set()
    await asyncio.to_thread(host.start)
    await until(lambda: len(subscriber.requests) == 2)
    async with asyncio.timeout(120):
        while (state := (await call("GET", "/eventgrid/subscriptions/live")).json())["deliveries"]["pending"]:
            continue  # the answer is on its way back to the host
    assert subscriber.taken[-1] == EVENT
    assert Subscription.model_validate({"destination": state["destination"]})
    assert state["deliveries"] == {"pending": 0, "delivered": 1, "dead-lettered": 0}
    assert (await call("DELETE", "/eventgrid/subscriptions/live")).status == 204
    assert (await call("GET", "/eventgrid/subscriptions/live")).status == 404


async def test_a_webhook_that_fails_the_handshake_cannot_subscribe(host, subscriber) -> None:
    subscriber.allowed = "somebody-else.example"
    headers = {"aeg-sas-key": host.endpoints["eventGrid"]["key"]}
    body = {"destination": {"endpointType": "WebHook", "endpointUrl": subscriber.url}}
    answer = await asyncio.to_thread(host.call, "PUT", "/eventgrid/subscriptions/bad", body, headers)

    assert answer.status == 400
    assert "WebHook-Allowed-Origin" in answer.json()["error"]["message"]
