"""Receive within the host's process, with the same queues and locks as AMQP clients."""

from __future__ import annotations

import asyncio
from uuid import UUID

from devhost.ports import ReceivedMessage
from devhost.service_bus.errors import BrokerStoppedError
from devhost.service_bus.local.messages import received_message
from devhost.service_bus.nodes.queue_node import QueueNode
from devhost.service_bus.nodes.turn import Turn
from devhost.service_bus.queues.message import Message


class LocalReceiver:
    """A receiver on one queue (`ports.MessageReceiver`). Several calls of `receive` may wait at once."""

    def __init__(self, node: QueueNode, turn: Turn) -> None:
        self._node = node
        self._turn = turn

    async def receive(self, most: int) -> list[ReceivedMessage]:
        """Wait for at least one message, then lock and return up to `most`. Raises BrokerStoppedError."""
        waiting = _Waiting(most, self._node, self._turn)
        return [received_message(message) for message in await waiting.messages()]

    async def complete(self, lock_token: str) -> None:
        """Complete a message. Raises MessageLockLostError, BrokerStoppedError."""
        self._node.core.complete(_token(lock_token))
        await self._turn.wait_for_commit()

    async def abandon(self, lock_token: str) -> None:
        """Abandon a message. Raises MessageLockLostError, BrokerStoppedError."""
        self._node.core.abandon(_token(lock_token))
        await self._turn.wait_for_commit()

    async def renew(self, lock_token: str) -> None:
        """Renew the lock of a message. Raises MessageLockLostError."""
        self._node.core.renew(_token(lock_token))

    def active_count(self) -> int:
        return self._node.core.active_count()


class _Waiting:
    """A call of `receive`, as a consumer of the queue."""

    deletes = False
    session_id = None

    def __init__(self, most: int, node: QueueNode, turn: Turn) -> None:
        self._wanted = most
        self._node = node
        self._turn = turn
        self._messages: list[Message] = []
        self._arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def messages(self) -> list[Message]:
        self._turn.check_running()
        self._node.add(self)
        try:
            with self._turn.calling_on_stop(self._stopped):
                await self._arrived
        except asyncio.CancelledError:
            self._give_back()
            raise
        finally:
            self._node.remove(self)
        return self._messages

    def wants_message(self) -> bool:
        return self._wanted > 0

    def reserve(self) -> None:
        self._wanted -= 1

    def deliver(self, message: Message) -> None:
        self._messages.append(message)
        if not self._arrived.done():
            self._arrived.set_result(None)

    def _give_back(self) -> None:
        for message in self._messages:
            if message.lock_token is not None:
                self._node.core.release(message.lock_token)
        if self._messages and not self._turn.stopped:
            self._turn.request()

    def _stopped(self, error: BrokerStoppedError) -> None:
        if not self._arrived.done():
            self._arrived.set_exception(error)


def _token(text: str) -> bytes:
    return UUID(text).bytes_le
