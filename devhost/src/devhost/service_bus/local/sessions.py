"""Receiving from sessions inside the host's process: the same locks as AMQP clients, without a wire."""

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
    """`ports.MessageSession`: holds one session until it is closed or its lock runs out."""

    def __init__(self, node: SessionQueueNode, turn: Turn, lock: SessionLock) -> None:
        super().__init__(node, turn)
        self.session_id = lock.session_id
        self._sessions = node
        self._lock = lock

    async def receive(self, most: int) -> list[ReceivedMessage]:
        """Up to `most` messages that are there now, locked; none when there are none or the session is lost.

        Raises BrokerStoppedError.
        """
        messages: list[Message] = []

        def take() -> None:
            while (
                len(messages) < most and self._is_held() and (message := self._sessions.core.lock_next(self.session_id))
            ):
                messages.append(message)

        self._turn.after_commit(take)
        await self._turn.committed()
        return [received_message(message) for message in messages]

    async def renew(self, lock_token: str) -> None:
        """Renew the session's lock, and with it that of each message. Raises SessionLockLostError."""
        self._sessions.core.renew_session(self.session_id, self._lock.holder)

    def close(self) -> None:
        """Give the session up: what was received and not settled comes again."""
        self._sessions.release(self._lock)

    def _is_held(self) -> bool:
        return self._sessions.core.holds_session(self._lock)


class LocalSessions:
    """`ports.MessageSessions` of one queue. Several calls of `accept` may wait at once."""

    def __init__(self, node: SessionQueueNode, turn: Turn) -> None:
        self._node = node
        self._turn = turn

    async def accept(self) -> LocalSession:
        """Wait for a session that has messages and that nobody holds. Raises BrokerStoppedError."""
        self._turn.check_running()
        return LocalSession(self._node, self._turn, await _Applicant(self._node, self._turn).lock())

    def active_count(self) -> int:
        return self._node.core.active_count()


class _Applicant:
    """One call of `accept`."""

    def __init__(self, node: SessionQueueNode, turn: Turn) -> None:
        self.holder = self
        self._node = node
        self._turn = turn
        self._accepted: asyncio.Future[SessionLock] = asyncio.get_running_loop().create_future()

    async def lock(self) -> SessionLock:
        self._node.apply_for_next(self)
        try:
            with self._turn.told_of_stop(self._stopped):
                return await self._accepted
        except asyncio.CancelledError:
            if self._accepted.done() and not self._accepted.cancelled():
                self._node.release(self._accepted.result())
            raise
        finally:
            self._node.withdraw(self)

    def accepted(self, lock: SessionLock) -> None:
        if self._accepted.done():  # given up in this very moment
            self._node.release(lock)
        else:
            self._accepted.set_result(lock)

    def lost(self) -> None:
        """Its holder finds out when it receives, renews or settles next."""

    def _stopped(self, error: BrokerStoppedError) -> None:
        if not self._accepted.done():
            self._accepted.set_exception(error)
