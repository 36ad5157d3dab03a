"""Protocols: what the parts of the host need from one another."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Service(Protocol):
    """A part of the host that can be started and stopped and may have something in flight."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def in_flight(self) -> str | None:
        """Return what it is busy with, for people; None if the clock may jump. Waiting for a due time is not busy."""
        ...


class DurableFunctions(Protocol):
    """The hosted app's durable functions, as the hub invokes them. Case in names does not matter."""

    def orchestrators(self) -> Collection[str]: ...

    def activities(self) -> Collection[str]: ...

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        """Replay once: from the context JSON to the SDK's OrchestratorState JSON.

        Raises what the SDK's handler raises, with `$OutOfProcData$:` in the message as on Azure.
        """
        ...

    def run_activity(self, name: str, instance_id: str, text: str | None) -> Awaitable[str | None]:
        """Run one activity on the app's own loop or thread pool, from JSON text to JSON text.

        Raises what the activity raises. Can be awaited on the host's loop.
        """
        ...


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that the host itself sends to a queue or topic (Event Grid deliveries)."""

    body: bytes
    message_id: str
    content_type: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    application_properties: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message that is locked for one of the host's own listeners and decoded as the SDK would decode it."""

    lock_token: str
    sequence_number: int
    enqueued_time: datetime
    expires_at: datetime | None
    delivery_count: int  # 1 on the first delivery, as the Functions host reports it
    body: bytes
    message_id: str | None = None
    correlation_id: str | None = None
    content_type: str | None = None
    subject: str | None = None
    session_id: str | None = None
    to: str | None = None
    reply_to: str | None = None
    reply_to_session_id: str | None = None
    partition_key: str | None = None
    dead_letter_source: str | None = None
    application_properties: Mapping[str, Any] = field(default_factory=dict)


class MessageReceiver(Protocol):
    """Peek-lock access to one queue, subscription or dead-letter queue, inside the host's process."""

    async def receive(self, most: int) -> list[ReceivedMessage]:
        """Wait for at least one message, then lock and return up to `most`."""
        ...

    async def complete(self, lock_token: str) -> None:
        """Complete a message; durable on return. Raises MessageLockLostError if the lock has expired."""
        ...

    async def abandon(self, lock_token: str) -> None:
        """Give a message back and raise its delivery count; it is dead-lettered after the entity's maximum."""
        ...

    async def renew(self, lock_token: str) -> None:
        """Lock a message for the entity's lock duration from now on."""
        ...

    def active_count(self) -> int:
        """Return how many messages could be received now, without locked and scheduled ones."""
        ...


class MessageSession(MessageReceiver, Protocol):
    """An accepted session. `receive` returns what is there now, perhaps nothing; `renew` renews the session's lock."""

    session_id: str

    def close(self) -> None:
        """Give the session up. What was received and not settled is delivered again."""
        ...


class MessageSessions(Protocol):
    """The sessions of one queue or subscription."""

    async def accept(self) -> MessageSession:
        """Wait for a session that has messages and no holder, and accept it."""
        ...

    def active_count(self) -> int:
        """Return how many messages of all sessions could be received now."""
        ...


class MessageBroker(Protocol):
    """The broker as the rest of the host sees it."""

    @property
    def failure(self) -> str | None:
        """The reason why it stopped by itself, None if it did not."""
        ...

    def receiver(self, path: str) -> MessageReceiver:
        """Return a receiver of `queue`, `topic/Subscriptions/name` or either with `/$DeadLetterQueue`.

        Raises KeyError if the path is unknown.
        """
        ...

    def sessions(self, path: str) -> MessageSessions:
        """Return the sessions of an entity that requires them. Raises KeyError if the path is unknown."""
        ...

    async def send(self, entity: str, messages: Collection[OutgoingMessage]) -> None:
        """Send messages; durable on return. Raises KeyError if the entity is unknown."""
        ...
