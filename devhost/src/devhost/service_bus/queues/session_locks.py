"""The locks that receivers hold on the sessions of one queue, and through them on messages."""

from __future__ import annotations

import os
from collections.abc import Callable

from devhost.service_bus.errors import NotAllowedError, SessionCannotBeLockedError, SessionLockLostError
from devhost.service_bus.queues.lazy_heap import LazyHeap
from devhost.service_bus.queues.message import Message


class SessionLock:
    """A session that a receiver has accepted. `locked_until` is in Unix seconds of real time."""

    __slots__ = ("holder", "locked_until", "messages", "on_lost", "session_id")

    def __init__(self, session_id: str, holder: object, on_lost: Callable[[], None]) -> None:
        """Make the lock of a session. Only `holder` may renew it; `on_lost` is called when it expires."""
        self.session_id = session_id
        self.holder = holder
        self.on_lost = on_lost
        self.locked_until = 0.0
        self.messages: dict[bytes, Message] = {}  # by lock token


class SessionLocks:
    """Locks of messages that last exactly as long as a receiver holds their session."""

    def __init__(self, duration: float, real_time: Callable[[], float]) -> None:
        self._duration = duration  # seconds
        self._real_time = real_time
        self._sessions: dict[str, SessionLock] = {}
        self._by_token: dict[bytes, SessionLock] = {}
        self._ends: LazyHeap[str] = LazyHeap()

    # Sessions

    def accept(self, session_id: str, holder: object, on_lost: Callable[[], None]) -> SessionLock:
        """Accept a session. Raises SessionCannotBeLockedError if it has a holder."""
        if session_id in self._sessions:
            raise SessionCannotBeLockedError(
                f"The requested session '{session_id}' cannot be accepted. It may be locked by another receiver."
            )
        lock = self._sessions[session_id] = SessionLock(session_id, holder, on_lost)
        self._extend(lock)
        return lock

    def is_held(self, session_id: str) -> bool:
        return session_id in self._sessions

    def holds(self, lock: SessionLock) -> bool:
        return self._sessions.get(lock.session_id) is lock and lock.locked_until > self._real_time()

    def held_session(self, session_id: str, holder: object) -> SessionLock:
        """Return the lock of a session. Raises SessionLockLostError if `holder` no longer holds it."""
        lock = self._sessions.get(session_id)
        if lock is None or lock.holder is not holder or not self.holds(lock):
            raise _lock_lost_error(session_id)
        return lock

    def renew_session(self, session_id: str, holder: object) -> float:
        """Start the lock's duration again and return its new end. Raises SessionLockLostError."""
        lock = self.held_session(session_id, holder)
        self._extend(lock)
        return lock.locked_until

    def release(self, lock: SessionLock) -> list[Message]:
        """Give a session up. Unlock and return the messages that were held with it."""
        if self._sessions.get(lock.session_id) is not lock:
            return []
        del self._sessions[lock.session_id]
        self._ends.discard(lock.session_id)
        return self._unlock_all(lock)

    # As MessageLocks

    def lock(self, message: Message) -> None:
        """Lock a message with its session. Raises SessionLockLostError if the session has no holder."""
        session_id = message.content.session_id or ""
        session = self._sessions.get(session_id)
        if session is None:
            raise _lock_lost_error(session_id)
        message.lock_token = os.urandom(16)
        message.locked_until = session.locked_until
        session.messages[message.lock_token] = message
        self._by_token[message.lock_token] = session

    def held(self, token: bytes) -> Message:
        """Return the message locked under this token. Raises SessionLockLostError."""
        session = self._by_token.get(token)
        if session is None:
            raise SessionLockLostError(
                "The lock supplied is invalid. Either the session lock expired, or the message has been removed."
            )
        if session.locked_until <= self._real_time():
            raise _lock_lost_error(session.session_id)
        return session.messages[token]

    def renew(self, token: bytes) -> float:
        raise NotAllowedError("A message of a session is locked as long as the session is: renew the session's lock.")

    def unlock(self, message: Message) -> None:
        if message.lock_token is not None:
            session = self._by_token.pop(message.lock_token)
            del session.messages[message.lock_token]
            message.lock_token = None

    def next_end(self) -> float | None:
        return self._ends.first_key()

    def take_expired(self) -> list[Message]:
        expired: list[Message] = []
        while (session_id := self._ends.pop_due(self._real_time())) is not None:
            lock = self._sessions.pop(session_id)
            expired += self._unlock_all(lock)
            lock.on_lost()
        return expired

    def _extend(self, lock: SessionLock) -> None:
        lock.locked_until = self._real_time() + self._duration
        self._ends.push(lock.locked_until, lock.session_id)

    def _unlock_all(self, lock: SessionLock) -> list[Message]:
        messages = list(lock.messages.values())
        for message in messages:
            self.unlock(message)
        return messages


def _lock_lost_error(session_id: str) -> SessionLockLostError:
    return SessionLockLostError(f"The lock on session '{session_id}' has expired or was never held.")
