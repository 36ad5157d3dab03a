"""The messages of one queue: by number, by due time, by expiry, and those that can be received now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import inf

from devhost.service_bus.errors import MessageNotFoundError
from devhost.service_bus.queues.lazy_heap import LazyHeap
from devhost.service_bus.queues.message import Message, MessageState


class ReadyMessages:
    """The messages that can be received now, by sequence number: one that is given back returns to its place.

    If sessions are required, each has a heap of its own; otherwise everything is under the session id None.
    """

    def __init__(self, *, by_session: bool) -> None:
        self._by_session = by_session
        self._heaps: dict[str | None, LazyHeap[int]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def sessions(self) -> Iterable[str | None]:
        """Return the ids of sessions with something to receive, the one waiting longest first."""
        return self._heaps

    def add(self, message: Message) -> None:
        session_id = message.content.session_id if self._by_session else None
        heap = self._heaps.get(session_id)
        if heap is None:
            heap = self._heaps[session_id] = LazyHeap()
        before = len(heap)
        heap.push(message.sequence, message.sequence)
        self._count += len(heap) - before

    def discard(self, message: Message) -> None:
        session_id = message.content.session_id if self._by_session else None
        heap = self._heaps.get(session_id)
        if heap is not None:
            before = len(heap)
            heap.discard(message.sequence)
            self._note_removal(session_id, heap, before)

    def pop(self, session_id: str | None) -> int | None:
        """Remove and return the first sequence number, None if there is no message."""
        heap = self._heaps.get(session_id)
        if heap is None:
            return None
        before = len(heap)
        sequence = heap.pop_due(inf)
        self._note_removal(session_id, heap, before)
        return sequence

    def _note_removal(self, session_id: str | None, heap: LazyHeap[int], before: int) -> None:
        self._count -= before - len(heap)
        if self._by_session and not heap:
            del self._heaps[session_id]


class MessageIndex:
    def __init__(self, *, by_session: bool) -> None:
        self.ready = ReadyMessages(by_session=by_session)
        self._messages: dict[int, Message] = {}  # in order of sequence numbers
        self._scheduled: LazyHeap[int] = LazyHeap()  # by due time
        self._expiring: LazyHeap[int] = LazyHeap()  # by expiry

    def add(self, message: Message) -> None:
        """Add a message with a sequence number higher than all before."""
        self._messages[message.sequence] = message
        if message.state is MessageState.SCHEDULED and message.due is not None:
            self._scheduled.push(message.due, message.sequence)
        elif message.state is MessageState.ACTIVE:
            self.activate(message)

    def activate(self, message: Message) -> None:
        """Let the message be received from now on, until it expires."""
        self.ready.add(message)
        if message.expires_at is not None:
            self._expiring.push(message.expires_at, message.sequence)

    def remove(self, message: Message) -> None:
        del self._messages[message.sequence]
        self.ready.discard(message)
        self._scheduled.discard(message.sequence)
        self._expiring.discard(message.sequence)

    def keep_forever(self, message: Message) -> None:
        """Let the message never expire."""
        self._expiring.discard(message.sequence)

    def find(self, sequences: Collection[int], state: MessageState) -> list[Message]:
        """Return the unlocked messages with these numbers. Raises MessageNotFoundError unless all are in this state."""
        found: list[Message] = []
        for sequence in dict.fromkeys(sequences):
            message = self._messages.get(sequence)
            if message is None or message.state is not state or message.lock_token is not None:
                raise MessageNotFoundError(f"There is no {state.name.lower()} message with sequence number {sequence}.")
            found.append(message)
        return found

    def peek(self, first: int, most: int, session_id: str | None) -> list[Message]:
        """Return up to `most` messages in any state from number `first` on, of one session or of all (None)."""
        found: list[Message] = []
        for message in self._messages.values():
            if len(found) >= most:
                break
            if message.sequence >= first and session_id in (None, message.content.session_id):
                found.append(message)
        return found

    def session_ids(self) -> list[str]:
        """Return the session ids of active messages, even locked ones, in the order of their first messages."""
        active = (message for message in self._messages.values() if message.state is MessageState.ACTIVE)
        ids = dict.fromkeys(message.content.session_id for message in active)
        return [session_id for session_id in ids if session_id is not None]

    def next_due(self) -> float | None:
        """Return when the next scheduled message is due or another message expires."""
        keys = (self._scheduled.first_key(), self._expiring.first_key())
        return min((key for key in keys if key is not None), default=None)

    def pop_ready(self, session_id: str | None) -> Message | None:
        sequence = self.ready.pop(session_id)
        return None if sequence is None else self._messages[sequence]

    def pop_scheduled(self, now: float) -> Message | None:
        """Remove from the schedule and return a message that is due, None if there is no such message."""
        sequence = self._scheduled.pop_due(now)
        return None if sequence is None else self._messages[sequence]

    def pop_expired(self, now: float) -> Message | None:
        """Return a message that has expired, None if there is no such message. It stays until it is removed."""
        sequence = self._expiring.pop_due(now)
        return None if sequence is None else self._messages[sequence]
