"""What `devhost doctor` tells: what will not move on by itself, why, and what to do about it."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

from devhost.event_grid.grid import EventGrid
from devhost.event_grid.store import DEAD_LETTERED, PENDING
from devhost.hosted_app import HostedApp
from devhost.ports import MessageBroker
from devhost.service_bus import EntityConfig
from devhost.service_bus.entities import DEAD_LETTER_SUFFIX
from devhost.triggers.blob import POISON_QUEUE
from devhost.triggers.service_bus import entity_path

_LEAST_DISK_BYTES = 100 * 1024 * 1024
_LONG_SECONDS = 60.0  # what an advance of the clock waits for
_FAILED_DELIVERIES = 100  # looked at for each kind


@dataclass(frozen=True, slots=True)
class Finding:
    """`stuck`: nothing moves it on without somebody. `note`: worth knowing, moves on or is meant to wait."""

    severity: Literal["stuck", "note"]
    where: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Looks at one running host; changes nothing. Orchestrations are asked about at their own management API."""

    state: Path
    entities: EntityConfig
    broker: MessageBroker
    grid: EventGrid
    queues: QueueServiceClient
    app: HostedApp | None

    async def findings(self) -> list[Finding]:
        found = [*self._disk(), *self._functions(), *self._messages(), *self._deliveries()]
        return found + [finding async for finding in self._poison_blobs()]

    def _disk(self) -> Iterator[Finding]:
        free = shutil.disk_usage(self.state).free
        if free < _LEAST_DISK_BYTES:
            problem = f"only {free // 1024**2} MiB are free on the disk of {self.state}"
            yield Finding("stuck", "state folder", problem, "Free some: a full disk stops the host from accepting.")

    def _functions(self) -> Iterator[Finding]:
        for name, started in self.app.running_since() if self.app else ():
            seconds = time.monotonic() - started
            if seconds > _LONG_SECONDS:
                problem = f"has been running for {seconds:.0f} s; the clock cannot be advanced meanwhile"
                remedy = "Find what it waits for in its log lines; functionTimeout in host.json limits it."
                yield Finding("stuck", f"function {name}", problem, remedy)

    def _messages(self) -> Iterator[Finding]:
        listeners = self._listeners()
        for path, sessions in self._paths():
            dead = f"{path}{DEAD_LETTER_SUFFIX}"
            count = self.broker.receiver(dead).active_count()
            if count and dead.casefold() not in listeners:
                remedy = f"Receive from {dead}: DeadLetterReason says why. Correct the cause, then send them again."
                yield Finding("stuck", f"Service Bus {path}", f"{count} dead-lettered messages, no listener", remedy)
            if sessions:
                continue  # the broker hands out sessions there and does not count their messages
            waiting = self.broker.receiver(path).active_count()
            if waiting and self.app and path.casefold() not in listeners:
                remedy = "Fine when another client receives them; else see whether the function is there and enabled."
                yield Finding("note", f"Service Bus {path}", f"{waiting} messages and no function listens", remedy)

    def _deliveries(self) -> Iterator[Finding]:
        for delivery in self.grid.deliveries(_FAILED_DELIVERIES, None, DEAD_LETTERED):
            problem = f"event {delivery['id']} was given up: {delivery['outcome']}"
            remedy = "Correct the subscriber and publish the event again."
            yield Finding("stuck", f"event subscription {delivery['subscription']}", problem, remedy)
        for delivery in self.grid.deliveries(_FAILED_DELIVERIES, None, PENDING):
            if delivery["attempts"]:
                wait = max(0.0, delivery["due"] - time.time())
                problem = f"event {delivery['id']} failed {delivery['attempts']} times: {delivery['outcome']}"
                remedy = f"It is tried again in {wait:.0f} s of real time: see whether the subscriber runs."
                yield Finding("note", f"event subscription {delivery['subscription']}", problem, remedy)

    async def _poison_blobs(self) -> AsyncIterator[Finding]:
        try:
            properties = await self.queues.get_queue_client(POISON_QUEUE).get_queue_properties()
        except ResourceNotFoundError:  # made by the first blob that fails for good
            return
        if count := properties.approximate_message_count:
            remedy = "Each message names function and blob. Correct the cause, write the blob again, take the message."
            yield Finding("stuck", f"storage queue {POISON_QUEUE}", f"{count} blobs were given up", remedy)

    def _listeners(self) -> set[str]:
        functions = self.app.functions if self.app else ()
        return {entity_path(f).casefold() for f in functions if f.trigger.type == "serviceBusTrigger"}

    def _paths(self) -> Iterator[tuple[str, bool]]:
        """Every queue and subscription, and whether it requires sessions."""
        for queue in self.entities.queues:
            yield queue.name, queue.rules.requires_session
        for topic in self.entities.topics:
            for subscription in topic.subscriptions:
                yield f"{topic.name}/Subscriptions/{subscription.name}", subscription.rules.requires_session
