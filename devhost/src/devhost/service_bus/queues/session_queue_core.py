"""The rules of a queue or subscription that requires sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

from devhost.service_bus.queues.duplicates import DuplicateHistory
from devhost.service_bus.queues.entities import QueueRules
from devhost.service_bus.queues.journal import Journal
from devhost.service_bus.queues.queue_core import QueueCore
from devhost.service_bus.queues.session_locks import SessionLock, SessionLocks
from devhost.service_bus.queues.session_states import SessionState, SessionStates
from devhost.service_bus.queues.times import Times


class SessionQueueCore(QueueCore):
    """A queue whose messages go in order to the holder of their session; a lost session gives all of them back."""

    def __init__(
        self,
        entity: int,
        rules: QueueRules,
        times: Times,
        journal: Journal,
        *,
        last_sequence: int = 0,
        dead_letters: QueueCore | None = None,
        duplicates: DuplicateHistory | None = None,
        states: Mapping[str, SessionState],
    ) -> None:
        self._session_locks = SessionLocks(rules.lock_duration, times.real)
        self._states = SessionStates(entity, journal, states)
        super().__init__(
            entity,
            rules,
            times,
            journal,
            last_sequence=last_sequence,
            dead_letters=dead_letters,
            duplicates=duplicates,
            locks=self._session_locks,
        )

    def accept_session(self, session_id: str, holder: object, on_lost: Callable[[], None]) -> SessionLock:
        """Lock a session, whether it has messages or not. Raises SessionCannotBeLockedError."""
        lock = self._session_locks.accept(session_id, holder, on_lost)
        self._journal.touch(self._entity)
        return lock

    def accept_next_session(self, holder: object, on_lost: Callable[[], None]) -> SessionLock | None:
        """Lock a session that has messages to receive and no holder, None if there is no such session."""
        for session_id in self._messages.ready.sessions():
            if session_id is not None and not self._session_locks.is_held(session_id):
                return self.accept_session(session_id, holder, on_lost)
        return None

    def release_session(self, lock: SessionLock) -> None:
        """Give a session up. Messages that were delivered and not settled return with unchanged delivery counts.

        https://learn.microsoft.com/azure/service-bus-messaging/message-sessions#impact-of-delivery-count
        """
        for message in self._session_locks.release(lock):
            self._make_available(message)
        self._journal.touch(self._entity)

    def holds_session(self, lock: SessionLock) -> bool:
        """Return whether this lock is still in force."""
        return self._session_locks.holds(lock)

    def renew_session(self, session_id: str, holder: object) -> float:
        """Renew the lock for the whole duration and return its end. Raises SessionLockLostError."""
        return self._session_locks.renew_session(session_id, holder)

    def check_session(self, session_id: str, holder: object) -> None:
        """Raise SessionLockLostError if `holder` does not hold the session."""
        self._session_locks.held_session(session_id, holder)

    def session_state(self, session_id: str, holder: object) -> bytes | None:
        """Return the state of a session, None if it has no state. Raises SessionLockLostError."""
        self._session_locks.held_session(session_id, holder)
        return self._states.get(session_id)

    def set_session_state(self, session_id: str, holder: object, content: bytes | None) -> None:
        """Set the state of a session; None removes it. Raises SessionLockLostError."""
        self._session_locks.held_session(session_id, holder)
        self._states.put(session_id, content, self._times.host())

    def session_ids(self) -> list[str]:
        """Return the ids of the sessions that have active messages or a state."""
        return list(dict.fromkeys([*self._messages.session_ids(), *self._states.updated_after(-inf)]))

    def session_ids_updated_after(self, moment: float) -> list[str]:
        """Return the ids of the sessions whose state was set after `moment` (Unix seconds of host time)."""
        return self._states.updated_after(moment)
