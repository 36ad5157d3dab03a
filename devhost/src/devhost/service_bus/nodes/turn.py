"""Group commit: what arrives in one turn of the event loop is committed together, before its effects are visible.

All connections and in-process callers first change the cores, then call `request`. The next turn commits the journal
and only then acknowledges, replies and delivers, so that nobody sees what could still be lost.
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
        """React to changes: deliver what can be delivered, set the alarms again."""
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
        """Take a turn soon; to be called after each change. Raises BrokerStoppedError."""
        self.check_running()
        if not self._requested:
            self._requested = True
            asyncio.get_running_loop().call_soon(self._run)

    def wake(self, entity: int) -> None:
        """Let the entity's node attend to something in the next turn."""
        self._journal.touch(entity)
        self.request()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once everything in the journal so far is durable."""
        self._actions.append(action)
        self.request()

    def flush_at_end(self, flush: Callable[[], None]) -> None:
        """Run `flush` at the end of this turn, so that a connection writes once a turn."""
        self._flushes.append(flush)
        self.request()

    def in_flight(self) -> bool:
        return self._requested

    def check_running(self) -> None:
        """Raise BrokerStoppedError if it has stopped."""
        if self._stopped:
            raise BrokerStoppedError(self._stopped)

    async def wait_for_commit(self) -> None:
        """Wait until everything in the journal so far is durable. Raises BrokerStoppedError."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.after_commit(lambda: None if done.done() else done.set_result(None))
        with self.calling_on_stop(lambda error: None if done.done() else done.set_exception(error)):
            await done

    @property
    def stopped(self) -> str | None:
        """The reason why it takes no more turns, None if it has not stopped."""
        return self._stopped

    def on_stop(self, callback: Callable[[BrokerStoppedError], None]) -> None:
        """Call `callback` when it stops."""
        self._on_stop.append(callback)

    @contextmanager
    def calling_on_stop(self, callback: Callable[[BrokerStoppedError], None]) -> Iterator[None]:
        """Call `callback` if it stops within the block."""
        self.on_stop(callback)
        try:
            yield
        finally:
            self._on_stop.remove(callback)

    def stop(self, reason: str) -> None:
        """Take no more turns, drop what is not committed, and call the callbacks of `on_stop`."""
        if self._stopped is None:
            self._stopped = reason
            for callback in list(self._on_stop):
                callback(BrokerStoppedError(reason))

    def _run(self) -> None:
        """Take one turn. Any failure stops the broker, because then memory and disk may disagree."""
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
