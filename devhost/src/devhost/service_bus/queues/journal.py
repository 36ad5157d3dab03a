"""What one turn of the broker changed, as data: the cores write it, the store commits it, the nodes react to it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from devhost.service_bus.queues.message import Message


class PutMessage(NamedTuple):
    """Insert a message, or replace the one with the same entity and sequence number. Times in Unix seconds."""

    entity: int
    sequence: int
    state: int
    enqueued_at: float
    expires_at: float | None
    due: float | None
    delivery_count: int
    content: bytes

    @classmethod
    def of(cls, entity: int, message: Message) -> PutMessage:
        return cls(
            entity,
            message.sequence,
            message.state,
            message.enqueued_at,
            message.expires_at,
            message.due,
            message.delivery_count,
            message.content.encoded(),
        )


class UpdateMessage(NamedTuple):
    """Change what is not content."""

    entity: int
    sequence: int
    state: int
    enqueued_at: float
    expires_at: float | None
    due: float | None
    delivery_count: int

    @classmethod
    def of(cls, entity: int, message: Message) -> UpdateMessage:
        return cls(
            entity,
            message.sequence,
            message.state,
            message.enqueued_at,
            message.expires_at,
            message.due,
            message.delivery_count,
        )


class DeleteMessage(NamedTuple):
    entity: int
    sequence: int


class UseNumber(NamedTuple):
    """A sequence number was given out for a message that is not kept."""

    entity: int
    sequence: int


class RememberId(NamedTuple):
    """A message id that must not be accepted again before `until` (Unix seconds)."""

    entity: int
    message_id: str
    until: float


class ForgetIds(NamedTuple):
    """Message ids whose time of being remembered ended at or before `until`."""

    entity: int
    until: float


class PutSessionState(NamedTuple):
    """Set the state of a session at `updated_at` (Unix seconds)."""

    entity: int
    session_id: str
    content: bytes
    updated_at: float


class DeleteSessionState(NamedTuple):
    entity: int
    session_id: str


Write: TypeAlias = (
    PutMessage
    | UpdateMessage
    | DeleteMessage
    | UseNumber
    | RememberId
    | ForgetIds
    | PutSessionState
    | DeleteSessionState
)


class Journal:
    """Writes in the order in which they must be applied, and the entities to look at once they are durable."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.touched: set[int] = set()

    def record(self, write: Write) -> None:
        self.writes.append(write)
        self.touched.add(write.entity)

    def touch(self, entity: int) -> None:
        """Something changed that is not stored, such as a lock given up."""
        self.touched.add(entity)

    def take_writes(self) -> list[Write]:
        writes, self.writes = self.writes, []
        return writes
