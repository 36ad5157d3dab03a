"""The locks that receivers hold on the messages of one queue. They expire in real time and are never stored."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from devhost.service_bus.errors import MessageLockLostError
from devhost.service_bus.queues.lazy_heap import LazyHeap
from devhost.service_bus.queues.message import Message


class Locks(Protocol):
    """The interface of locks, whether they expire with each message or with a session."""

    def lock(self, message: Message) -> None:
        """Lock a message under a new token."""
        ...

    def held(self, token: bytes) -> Message:
        """Return the message locked under this token. Raises LockLostError if it is no longer locked."""
        ...

    def renew(self, token: bytes) -> float:
        """Start the lock's duration again and return its new end. Raises LockLostError."""
        ...

    def unlock(self, message: Message) -> None:
        """Give up the lock of a message, if it has one."""
        ...

    def next_end(self) -> float | None:
        """Return when the next lock expires."""
        ...

    def take_expired(self) -> list[Message]:
        """Unlock and return the messages whose locks have expired."""
        ...


class MessageLocks:
    """Locks that expire with each message."""

    def __init__(self, duration: float, real_time: Callable[[], float]) -> None:
        self._duration = duration  # seconds
        self._real_time = real_time
        self._held: dict[bytes, Message] = {}
        self._by_sequence: dict[int, Message] = {}
        self._ends: LazyHeap[int] = LazyHeap()

    def lock(self, message: Message) -> None:
        message.lock_token = os.urandom(16)
        message.locked_until = self._real_time() + self._duration
        self._held[message.lock_token] = message
        self._by_sequence[message.sequence] = message
        self._ends.push(message.locked_until, message.sequence)

    def held(self, token: bytes) -> Message:
        message = self._held.get(token)
        if message is None or message.locked_until <= self._real_time():
            raise MessageLockLostError(
                "The lock supplied is invalid. Either the lock expired, or the message has already been removed."
            )
        return message

    def renew(self, token: bytes) -> float:
        message = self.held(token)
        message.locked_until = self._real_time() + self._duration
        self._ends.push(message.locked_until, message.sequence)
        return message.locked_until

    def unlock(self, message: Message) -> None:
        if message.lock_token is not None:
            del self._held[message.lock_token]
            del self._by_sequence[message.sequence]
            message.lock_token = None
            self._ends.discard(message.sequence)

    def next_end(self) -> float | None:
        return self._ends.first_key()

    def take_expired(self) -> list[Message]:
        expired: list[Message] = []
        while (sequence := self._ends.pop_due(self._real_time())) is not None:
            expired.append(self._by_sequence[sequence])
            self.unlock(expired[-1])
        return expired
