"""A queue or subscription with sessions at work: it gives out sessions, then their messages."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from devhost.clock import Clock
from devhost.service_bus.nodes.queue_node import QueueNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.session_locks import SessionLock
from devhost.service_bus.queues.session_queue_core import SessionQueueCore


class SessionApplicant(Protocol):
    """A consumer that waits for a session."""

    @property
    def holder(self) -> object:
        """The holder, who may renew the session later."""
        ...

    def accepted(self, lock: SessionLock) -> None: ...

    def lost(self) -> None:
        """React to the expiry of the session's lock."""
        ...


class SessionQueueNode(QueueNode):
    core: SessionQueueCore

    def __init__(
        self, path: str, entity: int, core: SessionQueueCore, turn: Turn, clock: Clock, *, accepts: bool
    ) -> None:
        super().__init__(path, entity, core, turn, clock, accepts=accepts)
        self._applicants: deque[SessionApplicant] = deque()

    def apply(self, applicant: SessionApplicant, session_id: str) -> None:
        """Accept a session for the applicant. Raises SessionCannotBeLockedError."""
        applicant.accepted(self.core.accept_session(session_id, applicant.holder, applicant.lost))

    def apply_for_next(self, applicant: SessionApplicant) -> None:
        """Accept the next session that has messages for the applicant, as soon as there is one."""
        self._applicants.append(applicant)
        self.wake()

    def withdraw(self, applicant: SessionApplicant) -> None:
        """Remove an applicant that no longer waits."""
        if applicant in self._applicants:
            self._applicants.remove(applicant)

    def release(self, lock: SessionLock) -> None:
        self.core.release_session(lock)
        if not self._turn.stopped:
            self.wake()

    def dispatch(self) -> None:
        """Give out free sessions to the applicants, then messages to each consumer from its session."""
        while self._applicants:
            applicant = self._applicants[0]
            lock = self.core.accept_next_session(applicant.holder, applicant.lost)
            if lock is None:
                break
            self._applicants.popleft()
            applicant.accepted(lock)
        for consumer in list(self._consumers):
            while consumer.wants_message() and self._hand_over(consumer):
                pass
