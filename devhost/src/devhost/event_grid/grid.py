"""The topics and their subscriptions: accept an event, store it, pass it to delivery."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from devhost.event_grid.config import EventGridConfig, Subscription, Topic, WebHook
from devhost.event_grid.delivery import EventDelivery
from devhost.event_grid.feed import Change
from devhost.event_grid.store import EventStore
from devhost.ports import MessageBroker

_RECENT = 50


class EventGrid:
    """The topics (ports.Service). Subscriptions come from the configuration and from calls while the host runs."""

    def __init__(self, config: EventGridConfig, file: Path, broker: MessageBroker) -> None:
        self._store = EventStore(file, time.time())
        self._configured = frozenset(config.subscriptions)
        self._subscriptions = {**self._store.subscriptions(), **config.subscriptions}
        self._delivery = EventDelivery(self._store, broker, self._subscriptions)

    async def start(self) -> None:
        await self._delivery.start()

    async def stop(self) -> None:
        self._store.feed.close()
        await self._delivery.stop()
        self._store.close()

    def in_flight(self) -> str | None:
        return self._delivery.in_flight()

    def publish(self, events: Sequence[Mapping[str, Any]], topic: Topic, origin: str | None = None) -> None:
        """Store events and deliver them soon. An event whose `origin` is already stored is dropped."""
        self._delivery.push(self._store.accept(events, topic, self._subscriptions, time.time(), origin))

    async def subscribe(self, name: str, subscription: Subscription) -> None:
        """Add or replace a subscription. Raises FailedError or aiohttp.ClientError if a webhook fails the handshake."""
        if isinstance(subscription.destination, WebHook):
            await self._delivery.validate(str(subscription.destination.endpoint_url))
        self._store.put_subscription(name, subscription)
        self._subscriptions[name] = subscription

    def unsubscribe(self, name: str) -> bool:
        """Remove a subscription. Return False if no such subscription was added while the host ran."""
        if name in self._configured or name not in self._subscriptions:
            return False
        self._store.delete_subscription(name)
        del self._subscriptions[name]
        return True

    def subscriptions(self) -> list[str]:
        return sorted(self._subscriptions)

    def deliveries(self, most: int, subscription: str | None, state: str | None) -> list[dict[str, Any]]:
        """Return the newest deliveries, only those of one subscription or in one state if given."""
        return self._store.deliveries(most, subscription, state)

    @contextmanager
    def follow(self, last: int) -> Iterator[tuple[list[Change], asyncio.Queue[Change | None]]]:
        """Yield the `last` past events with their deliveries, and a queue of the changes from now on until None."""
        with self._store.feed.follow() as changes:
            yield self._store.past(last), changes

    def describe(self, name: str) -> dict[str, Any] | None:
        """Return a subscription with its delivery state, None if it is unknown."""
        if name not in self._subscriptions:
            return None
        body = self._subscriptions[name].model_dump(mode="json", by_alias=True)
        return {
            "name": name,
            **body,
            "deliveries": self._store.counts(name),
            "recent": self._store.deliveries(_RECENT, name),
        }
