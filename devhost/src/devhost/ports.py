"""What the parts of the host need of one another, as Protocols."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class Service(Protocol):
    """A part of the host that is started, stopped, and asked whether anything is in flight."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def in_flight(self) -> str | None:
        """What it is busy with now, for people; None when the clock may jump. Waiting for a due time is not busy."""
        ...


class DurableFunctions(Protocol):
    """The hosted app's durable functions, as the hub invokes them. Names are compared without regard to case."""

    def orchestrators(self) -> Collection[str]: ...

    def activities(self) -> Collection[str]: ...

    def run_orchestrator(self, name: str, context: str) -> str:
        """One replay: the context JSON in, the SDK's OrchestratorState JSON out.

        Raises whatever the SDK's handler raises; the message carries `$OutOfProcData$:` as on Azure.
        """
        ...

    def run_activity(self, name: str, instance_id: str, text: str | None) -> Awaitable[str | None]:
        """Run one activity on the app's own loop or thread pool: JSON text in, JSON text out; raises what it raises.

        Awaitable on the host's loop.
        """
        ...


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that the host itself puts on a queue or topic (Event Grid deliveries)."""

    body: bytes
    message_id: str
    content_type: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    application_properties: Mapping[str, Any] = field(default_factory=dict)
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message locked for one of the host's own listeners, decoded as the SDK would decode it."""

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
        """Wait until at least one message is available, lock and return up to `most` of them."""
        ...

    async def complete(self, lock_token: str) -> None:
        """Durable when it returns. Raises MessageLockLost when the lock has expired."""
        ...

    async def abandon(self, lock_token: str) -> None:
        """Give it back with the delivery count raised; dead-lettered after the entity's maximum."""
        ...

    async def renew(self, lock_token: str) -> None:
        """Lock it for the entity's lock duration from now on."""
        ...

    def active_count(self) -> int:
        """Messages that could be received now, not counting locked or scheduled ones."""
        ...


class MessageSession(MessageReceiver, Protocol):
    """A session that is held: `receive` returns what is there now, nothing when it has no more; `renew` is for all."""

    session_id: str

    def close(self) -> None:
        """Give it up: what was received and not settled is delivered again."""
        ...


class MessageSessions(Protocol):
    """The sessions of one queue or subscription."""

    async def accept(self) -> MessageSession:
        """Wait for a session that has messages and that nobody holds."""
        ...

    def active_count(self) -> int:
        """Messages of all sessions that could be received now."""
        ...


class MessageBroker(Protocol):
    """The broker as the rest of the host sees it."""

    @property
    def failure(self) -> str | None:
        """Why it stopped by itself and takes nothing more; None while it runs."""
        ...

    def receiver(self, path: str) -> MessageReceiver:
        """`queue`, `topic/Subscriptions/name` or either with `/$DeadLetterQueue`. Raises KeyError when unknown."""
        ...

    def sessions(self, path: str) -> MessageSessions:
        """The same for an entity that requires sessions."""
        ...

    async def send(self, entity: str, messages: Collection[OutgoingMessage]) -> None:
        """Durable when it returns. Raises KeyError when the entity is unknown."""
        ...
