"""The findings on one running host: its disk, functions, messages, events, blobs and orchestrations."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueServiceClient

from devhost.companions.program import Program
from devhost.diagnosis.finding import Finding
from devhost.diagnosis.orchestrations import orchestration_findings
from devhost.diagnosis.process import disk_findings, function_findings
from devhost.event_grid.grid import EventGrid
from devhost.event_grid.store import DEAD_LETTERED, PENDING
from devhost.hosted_app import HostedApp
from devhost.ports import MessageBroker
from devhost.service_bus import EntityConfig
from devhost.service_bus.queues.entities import DEAD_LETTER_SUFFIX
from devhost.triggers.blob import POISON_QUEUE
from devhost.triggers.service_bus import entity_path

_FAILED_DELIVERIES = 100  # examined of each kind


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings on one host; changes nothing. `app` is None if only the services run."""

    state: Path
    entities: EntityConfig
    broker: MessageBroker
    grid: EventGrid
    queues: QueueServiceClient
    refused_containers: Mapping[str, str]
    app: HostedApp | None
    companions: Sequence[Program]

    async def findings(self) -> list[Finding]:
        found = [*disk_findings(self.state), *self._messages(), *self._deliveries(), *self._ended_companions()]
        found += self._refused_containers()
        found += [finding async for finding in self._poison_blobs()]
        if self.app:
            found += function_findings(self.app.running_since())
            found += orchestration_findings(self.app.hub, self.app.orchestrators)
        return found

    def _messages(self) -> Iterator[Finding]:
        if self.broker.failure:
            remedy = "Remove the cause, then restart devhost: nothing is lost."
            yield Finding("stuck", "Service Bus", self.broker.failure, remedy)
            return
        listeners = self._listeners()
        for path, sessions in self._paths():
            dead = f"{path}{DEAD_LETTER_SUFFIX}"
            count = self.broker.receiver(dead).active_count()
            if count and dead.casefold() not in listeners:
                remedy = f"Receive from {dead} and see DeadLetterReason. Correct the cause, then send them again."
                yield Finding("stuck", f"Service Bus {path}", f"{count} dead-lettered messages, no listener", remedy)
            receiver = self.broker.sessions(path) if sessions else self.broker.receiver(path)
            waiting = receiver.active_count()
            if waiting and self.app and path.casefold() not in listeners:
                remedy = "Fine if another client receives them; else check that the function exists and is enabled."
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
                remedy = f"The next attempt is in {wait:.0f} s of real time: check that the subscriber runs."
                yield Finding("note", f"event subscription {delivery['subscription']}", problem, remedy)

    async def _poison_blobs(self) -> AsyncIterator[Finding]:
        try:
            properties = await self.queues.get_queue_client(POISON_QUEUE).get_queue_properties()
        except ResourceNotFoundError:  # created by the first blob that fails for good
            return
        if count := properties.approximate_message_count:
            remedy = "Each message names function and blob. Correct the cause, rewrite the blob, delete the message."
            yield Finding("stuck", f"storage queue {POISON_QUEUE}", f"{count} blobs were given up", remedy)

    def _ended_companions(self) -> Iterator[Finding]:
        for program in self.companions:
            if program.failure:
                remedy = f"See {program.log_file}, then restart devhost."
                yield Finding("stuck", f"companion {program.name}", program.failure, remedy)

    def _refused_containers(self) -> Iterator[Finding]:
        for container, reason in self.refused_containers.items():
            remedy = "Correct the path of the blob trigger, then restart devhost."
            yield Finding("stuck", f"blob container {container}", f"storage refuses it: {reason}", remedy)

    def _listeners(self) -> set[str]:
        functions = self.app.functions if self.app else ()
        return {entity_path(f).casefold() for f in functions if f.trigger.type == "serviceBusTrigger"}

    def _paths(self) -> Iterator[tuple[str, bool]]:
        """Yield the path of every queue and subscription, and whether it requires sessions."""
        for queue in self.entities.queues:
            yield queue.name, queue.rules.requires_session
        for topic in self.entities.topics:
            for subscription in topic.subscriptions:
                yield f"{topic.name}/Subscriptions/{subscription.name}", subscription.rules.requires_session
