"""The changes of one turn, as data: the cores write them, the store commits them, the nodes react to them."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from devhost.service_bus.queues.message import Message


class PutMessage(NamedTuple):
    """The insertion of a message, or its replacement by number. Times are in Unix seconds."""

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
            message.content.encode(),
        )


class UpdateMessage(NamedTuple):
    """A change of a message without its content."""

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
    """The use of a sequence number for a message that is not kept."""

    entity: int
    sequence: int


class RememberId(NamedTuple):
    """A message id that must not be accepted again before `until` (Unix seconds)."""

    entity: int
    message_id: str
    until: float


class ForgetIds(NamedTuple):
    """The removal of message ids that counted until `until` or before."""

    entity: int
    until: float


class PutSessionState(NamedTuple):
    """A new state of a session, set at `updated_at` (Unix seconds)."""

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
    """Writes in the order in which they must be applied, and the entities to attend to afterwards."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.touched: set[int] = set()

    def record(self, write: Write) -> None:
        self.writes.append(write)
        self.touched.add(write.entity)

    def touch(self, entity: int) -> None:
        """Note a change that is not stored, such as a lock given up."""
        self.touched.add(entity)

    def take_writes(self) -> list[Write]:
        writes, self.writes = self.writes, []
        return writes
