"""The Service Bus trigger of queues and subscriptions with sessions."""

from __future__ import annotations

import asyncio
import logging

from devhost.ports import MessageSession, MessageSessions
from devhost.service_bus import BrokerStoppedError
from devhost.supervision import supervise
from devhost.triggers.message_handling import MessageHandler

_log = logging.getLogger("devhost.service_bus")


class ServiceBusSessionTrigger:
    """The listener of one function (ports.Service). Each slot has one session at a time, with its messages in order."""

    def __init__(self, name: str, path: str, sessions: MessageSessions, handler: MessageHandler, slots: int) -> None:
        self._name = name
        self._path = path
        self._sessions = sessions
        self._handler = handler
        self._slots = slots
        self._in_hand = 0
        self._listening: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._listening = [supervise(self._listen()) for _ in range(self._slots)]

    async def stop(self) -> None:
        """Give the sessions up. Functions run until the worker stops; their messages are delivered again."""
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
        self._listening.clear()

    def in_flight(self) -> str | None:
        waiting = self._sessions.active_count() if self._listening else 0
        if not self._in_hand and not waiting:
            return None
        return f"{self._name}: {self._in_hand} in hand, {waiting} waiting on {self._path}"

    async def _listen(self) -> None:
        try:
            while True:
                await self._drain(await self._sessions.accept())
        except BrokerStoppedError as error:
            _log.error("%s stops listening: %s", self._name, error)

    async def _drain(self, session: MessageSession) -> None:
        """Handle the messages of the session, then free the slot for another one."""
        try:
            while messages := await session.receive(self._handler.most):
                self._in_hand += 1
                try:
                    await self._handler.handle(messages, session)
                finally:
                    self._in_hand -= 1
        finally:
            # Closing a session with unsettled messages at once would deliver them again and again, uncounted.
            if self._handler.auto_complete:
                session.close()
