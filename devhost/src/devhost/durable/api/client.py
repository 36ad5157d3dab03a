"""The requests that a client may make to the hub. Each call is durable once it returns.

Refusals carry the status and body of the Durable extension 3.15 (recorded).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from devhost.durable.engine.history import Event, EventType, new_event
from devhost.durable.engine.instance import Instance, Status
from devhost.durable.errors import RequestRefusedError
from devhost.durable.storage.commit_loop import CommitLoop


class DurableClient:
    """The operations of the management API. All raise RequestRefusedError and HubStoppedError."""

    def __init__(self, loop: CommitLoop, now: Callable[[], datetime]) -> None:
        self._loop = loop
        self._now = now

    def instance(self, instance_id: str) -> Instance | None:
        """Return the instance as it is now, None if it does not exist."""
        self._loop.require_running()
        return self._loop.executions.instance(instance_id)

    async def wait_until_ended(self, instance_id: str, seconds: float) -> bool:
        """Wait this long in real time, and return whether the instance has reached its end."""
        return await self._loop.wait_until_ended(instance_id, seconds)

    async def start(self, name: str, instance_id: str | None, text: str | None, version: str | None = None) -> str:
        """Start an instance with the JSON `text` as input and return its id. Replaces an ended instance of that id.

        Without a version it gets the default of host.json.
        """
        chosen = instance_id or uuid4().hex

        def command() -> str:
            existing = self._loop.executions.instance(chosen)
            if existing and not existing.status.terminal:
                message = f"An Orchestration instance with the status {existing.status} already exists."
                raise RequestRefusedError(409, {"Message": message})
            self._loop.executions.begin(chosen, str(uuid4()), name, text, version=version)
            return chosen

        return await self._loop.submit(command)

    async def raise_event(self, instance_id: str, name: str, text: str) -> None:
        """Raise an event with the JSON `text`."""
        event = new_event(EventType.EVENT_RAISED, self._now(), Name=name, Input=text, ParentTraceContext=None)
        await self._send(instance_id, lambda _: event)

    async def terminate(self, instance_id: str, reason: str | None) -> None:
        """End an instance as Terminated; its children and running activities go on."""
        await self._send(instance_id, lambda _: new_event(EventType.EXECUTION_TERMINATED, self._now(), Input=reason))

    async def suspend(self, instance_id: str, reason: str | None) -> None:
        """Suspend an instance: events are kept, decisions wait."""

        def event(instance: Instance) -> Event:
            if instance.status is Status.SUSPENDED:
                raise _wrong_state("suspend", instance)
            return new_event(EventType.EXECUTION_SUSPENDED, self._now(), Reason=reason)

        await self._send(instance_id, event)

    async def resume(self, instance_id: str, reason: str | None) -> None:
        """Let a suspended instance continue."""

        def event(instance: Instance) -> Event:
            if instance.status is not Status.SUSPENDED:
                raise _wrong_state("resume", instance)
            return new_event(EventType.EXECUTION_RESUMED, self._now(), Reason=reason)

        await self._send(instance_id, event)

    async def rewind(self, instance_id: str) -> None:
        """Refuse: by Azure's rules if the instance has not failed, else because this host cannot rewind."""
        instance = self._loop.executions.instance(instance_id)
        if instance is None:
            raise RequestRefusedError(404, f'No orchestration with instance ID "${instance_id}" found.')
        if instance.status is not Status.FAILED:
            raise RequestRefusedError(
                412,
                f"This orchestration has status {instance.status}, but only orchestrations in the "
                '"Failed" state can be rewound.',
            )
        raise RequestRefusedError(501, "devhost does not support rewind; use restart instead.")

    async def restart(self, instance_id: str, *, new_id: bool) -> str:
        """Start the same orchestrator with the same input, under a new id or the ended instance's. Return the id."""

        def command() -> str:
            instance = self._loop.executions.instance(instance_id)
            if instance is None:
                raise RequestRefusedError(
                    400,
                    {
                        "Message": "InstanceId does not match a valid orchestration instance.",
                        "ExceptionMessage": f"No instance with ID '{instance_id}' was found. (Parameter 'instanceId')",
                        "ExceptionType": "System.ArgumentException",
                    },
                )
            if not new_id and not instance.status.terminal:
                raise RequestRefusedError(
                    409,
                    {
                        "Message": "A non-terminal instance with this instance ID already exists.",
                        "ExceptionMessage": "An Orchestration instance with the status "
                        f"{instance.status} already exists.",
                        "ExceptionType": "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException",
                    },
                )
            chosen = uuid4().hex if new_id else instance_id
            self._loop.executions.begin(chosen, str(uuid4()), instance.name, instance.input)
            return chosen

        return await self._loop.submit(command)

    async def purge(self, instance_id: str) -> None:
        """Delete an ended instance."""

        def command() -> None:
            instance = self._loop.executions.instance(instance_id)
            if instance is None:
                raise RequestRefusedError(404)
            if not instance.status.terminal:
                raise RequestRefusedError(
                    412,
                    "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID "
                    f"{instance_id} has status {instance.status}",
                )
            self._loop.executions.forget(instance_id)

        await self._loop.submit(command)

    async def purge_by(self, created_from: str, created_to: str | None, statuses: Sequence[str]) -> int:
        """Delete all instances created between these times, running ones too if no status is given, as Azure does."""

        def command() -> int:
            found = self._loop.store.select_instances(
                created_from=created_from, created_to=created_to, statuses=statuses
            )
            for instance in found:
                self._loop.executions.forget(instance.id)
            return len(found)

        return await self._loop.submit(command)

    async def _send(self, instance_id: str, event: Callable[[Instance], Event]) -> None:
        def command() -> None:
            instance = self._loop.executions.instance(instance_id)
            if instance is None:
                raise RequestRefusedError(404)
            if instance.status.terminal:
                raise RequestRefusedError(410)
            self._loop.executions.deliver(instance_id, None, event(instance))

        await self._loop.submit(command)


def _wrong_state(verb: str, instance: Instance) -> RequestRefusedError:
    body: dict[str, Any] = {
        "Message": "Something went wrong while processing your request",
        "ExceptionMessage": f"Cannot {verb} the orchestration instance {instance.id} because instance is in the "
        f"{instance.status} state.",
        "ExceptionType": "System.InvalidOperationException",
    }
    return RequestRefusedError(500, body)
