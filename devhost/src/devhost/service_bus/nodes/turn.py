"""Group commit: what arrives in one turn of the event loop is committed at once, then its consequences are let out.

All connections and in-process callers change the cores first and end in `request`. The turn that follows commits the
journal and only then acknowledges, replies and delivers; nobody sees what could still be lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from devhost.service_bus.errors import BrokerStoppedError
from devhost.service_bus.queues.journal import Journal, Write

_log = logging.getLogger(__name__)


class Node(Protocol):
    def attend(self) -> None:
        """React to what changed: deliver what can be delivered, set alarms anew."""
        ...


class Turn:
    def __init__(self, journal: Journal, commit: Callable[[Sequence[Write]], None]) -> None:
        self._journal = journal
        self._commit = commit
        self._nodes: dict[int, Node] = {}
        self._actions: deque[Callable[[], None]] = deque()
        self._flushes: list[Callable[[], None]] = []
        self._requested = False
        self._stopped: str | None = None
        self._on_stop: list[Callable[[BrokerStoppedError], None]] = []

    def register(self, entity: int, node: Node) -> None:
        self._nodes[entity] = node

    def request(self) -> None:
        """Take a turn soon. Call it after changing anything. Raises BrokerStoppedError."""
        self.check_running()
        if not self._requested:
            self._requested = True
            asyncio.get_running_loop().call_soon(self._run)

    def wake(self, entity: int) -> None:
        """Let the entity's node attend to something in the next turn."""
        self._journal.touch(entity)
        self.request()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once everything journalled so far is durable."""
        self._actions.append(action)
        self.request()

    def flush_at_end(self, flush: Callable[[], None]) -> None:
        """Run `flush` when this turn has nothing more to do, so that a connection writes once a turn."""
        self._flushes.append(flush)
        self.request()

    def in_flight(self) -> bool:
        return self._requested

    def check_running(self) -> None:
        """Raises BrokerStoppedError."""
        if self._stopped:
            raise BrokerStoppedError(self._stopped)

    async def committed(self) -> None:
        """Wait until everything journalled so far is durable. Raises BrokerStoppedError."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.after_commit(lambda: None if done.done() else done.set_result(None))
        with self.told_of_stop(lambda error: None if done.done() else done.set_exception(error)):
            await done

    @property
    def stopped(self) -> str | None:
        """Why it takes no more turns; None while it does."""
        return self._stopped

    def on_stop(self, callback: Callable[[BrokerStoppedError], None]) -> None:
        """Call back when it stops."""
        self._on_stop.append(callback)

    @contextmanager
    def told_of_stop(self, callback: Callable[[BrokerStoppedError], None]) -> Iterator[None]:
        """Call back when it stops within the block."""
        self.on_stop(callback)
        try:
            yield
        finally:
            self._on_stop.remove(callback)

    def stop(self, reason: str) -> None:
        """Take no more turns and drop what is not committed; tells those who wait."""
        if self._stopped is None:
            self._stopped = reason
            for callback in list(self._on_stop):
                callback(BrokerStoppedError(reason))

    def _run(self) -> None:
        """One turn. Any failure stops the broker: after it, memory and disk may disagree."""
        if self._stopped:
            return
        journal, actions = self._journal, self._actions
        try:
            while journal.writes or actions or journal.touched:
                if journal.writes:
                    self._commit(journal.take_writes())
                if actions:
                    actions.popleft()()
                elif journal.touched:
                    self._nodes[journal.touched.pop()].attend()
            self._requested = False
            flushes, self._flushes = self._flushes, []
            for flush in flushes:
                flush()
        except Exception as error:
            _log.critical("The Service Bus broker stops: %s", error, exc_info=error)
            self.stop(f"The Service Bus broker stopped itself, nothing acknowledged is lost: {error}")
