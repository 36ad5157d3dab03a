"""Receive from sessions within the host's process, with the same locks as AMQP clients."""

from __future__ import annotations

import asyncio

from devhost.ports import ReceivedMessage
from devhost.service_bus.errors import BrokerStoppedError
from devhost.service_bus.local.messages import received_message
from devhost.service_bus.local.receiver import LocalReceiver
from devhost.service_bus.nodes.session_queue_node import SessionQueueNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.message import Message
from devhost.service_bus.queues.session_locks import SessionLock


class LocalSession(LocalReceiver):
    """A session (`ports.MessageSession`), held until it is closed or its lock expires."""

    def __init__(self, node: SessionQueueNode, turn: Turn, lock: SessionLock) -> None:
        super().__init__(node, turn)
        self.session_id = lock.session_id
        self._sessions = node
        self._lock = lock

    async def receive(self, most: int) -> list[ReceivedMessage]:
        """Lock and return up to `most` messages that are there now. Empty if the session is lost.

        Raises BrokerStoppedError.
        """
        messages: list[Message] = []

        def take() -> None:
            while (
                len(messages) < most and self._is_held() and (message := self._sessions.core.lock_next(self.session_id))
            ):
                messages.append(message)

        self._turn.after_commit(take)
        await self._turn.wait_for_commit()
        return [received_message(message) for message in messages]

    async def renew(self, lock_token: str) -> None:
        """Renew the session's lock, and with it the lock of each message. Raises SessionLockLostError."""
        self._sessions.core.renew_session(self.session_id, self._lock.holder)

    def close(self) -> None:
        """Give the session up. What was received and not settled is delivered again."""
        self._sessions.release(self._lock)

    def _is_held(self) -> bool:
        return self._sessions.core.holds_session(self._lock)


class LocalSessions:
    """The sessions of one queue (`ports.MessageSessions`). Several calls of `accept` may wait at once."""

    def __init__(self, node: SessionQueueNode, turn: Turn) -> None:
        self._node = node
        self._turn = turn

    async def accept(self) -> LocalSession:
        """Wait for a session that has messages and no holder, and accept it. Raises BrokerStoppedError."""
        self._turn.check_running()
        return LocalSession(self._node, self._turn, await _Applicant(self._node, self._turn).lock())

    def active_count(self) -> int:
        return self._node.core.active_count()


class _Applicant:
    """A call of `accept`, as an applicant for a session."""

    def __init__(self, node: SessionQueueNode, turn: Turn) -> None:
        self.holder = self
        self._node = node
        self._turn = turn
        self._accepted: asyncio.Future[SessionLock] = asyncio.get_running_loop().create_future()

    async def lock(self) -> SessionLock:
        self._node.apply_for_next(self)
        try:
            with self._turn.calling_on_stop(self._stopped):
                return await self._accepted
        except asyncio.CancelledError:
            if self._accepted.done() and not self._accepted.cancelled():
                self._node.release(self._accepted.result())
            raise
        finally:
            self._node.withdraw(self)

    def accepted(self, lock: SessionLock) -> None:
        if self._accepted.done():  # cancelled at this very moment
            self._node.release(lock)
        else:
            self._accepted.set_result(lock)

    def lost(self) -> None:
        """Do nothing: the holder's next receive, renewal or settlement fails."""

    def _stopped(self, error: BrokerStoppedError) -> None:
        if not self._accepted.done():
            self._accepted.set_exception(error)
