"""Push delivery of each event to each subscription until it is accepted, given up, or too old.

Schedule, status codes and limits: https://learn.microsoft.com/azure/event-grid/delivery-and-retry . Waits are in real
time, because the subscribers' clocks are real.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

import aiohttp

from devhost.event_grid.config import ServiceBusEntity, Subscription, WebHook
from devhost.event_grid.store import DEAD_LETTERED, DELIVERED, PENDING, Delivery, EventStore
from devhost.ports import MessageBroker, OutgoingMessage
from devhost.service_bus.errors import BrokerStoppedError, ServiceBusError
from devhost.supervision import supervise

_log = logging.getLogger("devhost.event_grid")

BACK_OFF = (10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 10800.0, 21600.0, 43200.0)
ORIGIN = "eventgrid.azure.net"
CLOUD_EVENT = "application/cloudevents+json"
_TAKEN = frozenset({200, 201, 202, 203, 204})
_HOPELESS = frozenset({400, 401, 403, 404, 413})  # the service does not retry after these
_ANSWER_SECONDS = 30.0
_AT_ONCE = 16  # deliveries per subscription


class RefusedError(Exception):
    """The subscriber will never accept the event. It is not retried."""


class FailedError(Exception):
    """The attempt failed, but the next may succeed."""


class EventDelivery:
    """Delivery of what is pending in the store (ports.Service)."""

    def __init__(
        self,
        store: EventStore,
        broker: MessageBroker,
        subscriptions: Mapping[str, Subscription],
        back_off: Sequence[float] = BACK_OFF,
    ) -> None:
        self._store = store
        self._broker = broker
        self._subscriptions = subscriptions
        self._back_off = back_off
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._validated: set[str] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS))
        self.push(self._store.pending())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def in_flight(self) -> str | None:
        return f"{self._under_way} event deliveries" if self._under_way else None

    def push(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            self._under_way += not delivery.attempts
            task = supervise(self._deliver(delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def validate(self, url: str) -> None:
        """Perform the CloudEvents handshake against abuse. Raises FailedError if the endpoint does not allow us.

        https://github.com/cloudevents/spec/blob/v1.0/http-webhook.md#4-abuse-protection
        """
        headers = {"WebHook-Request-Origin": ORIGIN, "WebHook-Request-Rate": "120"}
        async with self._http("OPTIONS", url, headers=headers) as answer:
            allowed = answer.headers.get("WebHook-Allowed-Origin", "")
            if answer.status not in _TAKEN or allowed not in ("*", ORIGIN):
                raise FailedError(
                    f"validation of {url} answered {answer.status} with WebHook-Allowed-Origin {allowed!r};"
                    f" needed: 200 with '*' or {ORIGIN!r}"
                )
        self._validated.add(url)

    async def _deliver(self, delivery: Delivery) -> None:
        first = delivery.attempts == 0
        try:
            while True:
                if not first:
                    await asyncio.sleep(max(0.0, delivery.due - time.time()))
                async with self._slots[delivery.subscription]:
                    over = await self._attempt(delivery)
                if first:
                    self._under_way -= 1
                    first = False
                if over:
                    return
        finally:
            self._under_way -= first

    async def _attempt(self, delivery: Delivery) -> bool:
        """Make and record one attempt. Return True if no other will follow."""
        subscription = self._subscriptions.get(delivery.subscription)
        if subscription is None:
            return True
        delivery.attempts += 1
        try:
            await self._send(delivery, subscription)
        except RefusedError as refusal:
            self._give_up(delivery, str(refusal))
            return True
        except (FailedError, aiohttp.ClientError, TimeoutError) as error:
            return self._postpone(delivery, subscription, str(error) or type(error).__name__)
        self._store.record(delivery, DELIVERED, "taken")
        return True

    def _postpone(self, delivery: Delivery, subscription: Subscription, reason: str) -> bool:
        delay = self._back_off[min(delivery.attempts, len(self._back_off)) - 1]
        delivery.due = time.time() + delay
        policy = subscription.retry_policy
        expiry = delivery.accepted + policy.event_time_to_live_in_minutes * 60
        if delivery.attempts >= policy.max_delivery_attempts or delivery.due > expiry:
            self._give_up(delivery, f"given up after {delivery.attempts} attempts: {reason}")
            return True
        self._store.record(delivery, PENDING, reason)
        _log.warning("%s did not accept an event, next attempt in %s s: %s", delivery.subscription, delay, reason)
        return False

    def _give_up(self, delivery: Delivery, reason: str) -> None:
        self._store.record(delivery, DEAD_LETTERED, reason)
        _log.error("%s: event %s is dead-lettered: %s", delivery.subscription, delivery.event["id"], reason)

    async def _send(self, delivery: Delivery, subscription: Subscription) -> None:
        match subscription.destination:
            case ServiceBusEntity() as entity:
                await self._send_to_entity(entity, delivery)
            case WebHook(endpoint_url=url):
                await self._post(str(url), delivery)

    async def _send_to_entity(self, destination: ServiceBusEntity, delivery: Delivery) -> None:
        event = delivery.event
        message = OutgoingMessage(
            body=json.dumps(event).encode(),
            message_id=_message_id(destination, delivery),
            content_type=CLOUD_EVENT,
            application_properties={
                "aeg-subscription-name": delivery.subscription,
                "aeg-delivery-count": delivery.attempts - 1,
                "aeg-event-type": "Notification",
            },
        )
        try:
            await self._broker.send(destination.entity, [message])
        except KeyError:
            raise RefusedError(f"there is no Service Bus entity {destination.entity!r}") from None
        except (ServiceBusError, BrokerStoppedError) as error:
            raise FailedError(str(error)) from error

    async def _post(self, url: str, delivery: Delivery) -> None:
        if url not in self._validated:
            await self.validate(url)
        headers = {
            "Content-Type": f"{CLOUD_EVENT}; charset=utf-8",
            "aeg-event-type": "Notification",
            "aeg-subscription-name": delivery.subscription.upper(),
            "aeg-delivery-count": str(delivery.attempts - 1),
            "WebHook-Request-Origin": ORIGIN,
        }
        async with self._http("POST", url, headers=headers, data=json.dumps(delivery.event)) as answer:
            if answer.status in _HOPELESS:
                raise RefusedError(f"the webhook answered {answer.status}")
            if answer.status not in _TAKEN:
                raise FailedError(f"the webhook answered {answer.status}")

    def _http(self, method: str, url: str, **arguments: object) -> aiohttp.client._RequestContextManager:
        if self._session is None:
            raise RuntimeError("EventDelivery is not started")
        return self._session.request(method, url, allow_redirects=False, **arguments)  # pyright: ignore[reportArgumentType]


def _message_id(destination: ServiceBusEntity, delivery: Delivery) -> str:
    """Return the field that a mapping names, or else the same id for each attempt of this delivery.

    Without a mapping it is not the event's: https://learn.microsoft.com/azure/event-grid/handler-service-bus
    """
    for mapping in destination.delivery_attribute_mappings:
        if value := delivery.event.get(mapping.properties.source_field):
            return str(value)
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{delivery.subscription}/{delivery.seq}/{delivery.accepted}"))
