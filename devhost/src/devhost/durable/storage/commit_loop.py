"""The hub's loop, which applies commands, fires timers and takes turns, many in one commit.

Everything happens on the host's event loop. Nothing is acknowledged, dispatched or announced before the commit
that holds it, so a crash loses nothing that was acknowledged. If the file cannot be written, the hub stops with the
reason: continuing would acknowledge what is not there.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from devhost.clock import Clock, DueCall
from devhost.durable.engine.history import Event, EventType, new_event
from devhost.durable.engine.replay_speed import speed_up_replay
from devhost.durable.engine.versions import ANY_VERSION, Versioning
from devhost.durable.errors import HubStoppedError, RequestRefusedError
from devhost.durable.storage.activities import ActivityRunner
from devhost.durable.storage.execution import Executions
from devhost.durable.storage.store import DueTimer, HubStore, ScheduledActivity
from devhost.ports import DurableFunctions

_LOG = logging.getLogger(__name__)
# Commands are taken as fast as the turns that they cause, so that the messages of a short-lived instance are never
# written to the file. A minimum is taken however long turns last.
_READY_AT_MOST, _COMMANDS_AT_LEAST = 64, 16
_TIMERS_PER_COMMIT = 256
# How long turns may block the loop (seconds), and so the longest time that one commit covers.
_TURNS_BUDGET = 0.02

T = TypeVar("T")
_Command = tuple[Callable[[], Any], asyncio.Future[Any] | None]
_Answer = tuple[asyncio.Future[Any], Any, RequestRefusedError | None]


class CommitLoop:
    """Group commit over one store. `start` raises HubFileError."""

    def __init__(
        self,
        database: Path,
        clock: Clock,
        functions: DurableFunctions,
        max_concurrent_activities: int,
        versioning: Versioning = ANY_VERSION,
    ) -> None:
        self._database = database
        self._clock = clock
        self._functions = functions
        self._versioning = versioning
        self._activities = ActivityRunner(functions, clock.now, self._deliver_outcome, max_concurrent_activities)
        self._commands: list[_Command] = []
        self._ended: dict[str, list[asyncio.Future[None]]] = {}
        self._cycle: asyncio.Handle | None = None
        self._timer: DueCall | None = None
        self._stopped: str | None = "the task hub has not been started"
        self.failure: str | None = None  # the reason, if it stopped by itself

    async def start(self) -> None:
        """Open the file and continue everything that was left unfinished."""
        speed_up_replay()
        self.store = HubStore(self._database)
        self.executions = Executions(self.store, self._functions, self._clock.now, self._versioning)
        self._stopped = None
        self._activities.schedule(self.store.activities())
        self._wake()

    async def stop(self) -> None:
        """Commit what has been requested, leave running activities for the next start, close the file."""
        if self._stopped and not self.failure:
            return
        if self._cycle:
            self._cycle.cancel()
            self._run_cycle()
        self._halt("the task hub has been stopped")
        await self._activities.stop()
        self.failure = None
        self.store.close()

    def in_flight(self) -> str | None:
        """Return what prevents a jump of the clock, None if nothing does."""
        if self._cycle:
            return "orchestrations"
        return self.failure or self._activities.busy()

    def require_running(self) -> None:
        """Raise HubStoppedError if nothing that the hub shows or accepts can be relied on."""
        if self._stopped:
            raise HubStoppedError(self._stopped)

    async def submit(self, command: Callable[[], T]) -> T:
        """Run `command` in the next transaction and return its result once that is durable.

        Raises HubStoppedError, and RequestRefusedError if the command does (before it has written anything).
        """
        self.require_running()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._commands.append((command, future))
        self._wake()
        return await future

    async def wait_until_ended(self, instance_id: str, seconds: float) -> bool:
        """Wait this long in real time, and return whether the instance has reached its end."""
        instance = self.executions.instance(instance_id)
        if instance is None or instance.status.terminal:
            return instance is not None
        ended = asyncio.get_running_loop().create_future()
        self._ended.setdefault(instance_id, []).append(ended)
        try:
            await asyncio.wait_for(ended, seconds)
        except TimeoutError:
            return False
        finally:
            if ended in (waiting := self._ended.get(instance_id, [])):
                waiting.remove(ended)
        return True

    def _deliver_outcome(self, activity: ScheduledActivity, outcome: Event) -> None:
        if not self._stopped:
            self._commands.append((lambda: self._accept_outcome(activity, outcome), None))
            self._wake()

    def _accept_outcome(self, activity: ScheduledActivity, outcome: Event) -> None:
        self.store.delete_activity(activity.row)
        self.executions.deliver(activity.instance_id, activity.execution_id, outcome)

    def _wake(self) -> None:
        if not self._cycle and not self._stopped:
            self._cycle = asyncio.get_running_loop().call_soon(self._run_cycle)

    def _run_cycle(self) -> None:
        self._cycle = None
        most = max(_READY_AT_MOST - len(self.executions.ready), _COMMANDS_AT_LEAST)
        batch, self._commands = self._commands[:most], self._commands[most:]
        try:
            answers = self._transact(batch)
            due = self.store.next_due()
        except Exception as error:  # the transaction is lost: stop rather than lose the next ones, too
            self._break_down(error, batch)
            return
        for future, result, refusal in answers:
            if future.done():  # the client has gone
                continue
            if refusal:
                future.set_exception(refusal)
            else:
                future.set_result(result)
        self._announce()
        self._arm(due)
        if self._commands or self.executions.ready or (due is not None and due <= self._clock.time()):
            self._wake()

    def _transact(self, batch: Sequence[_Command]) -> list[_Answer]:
        answers: list[_Answer] = []
        self.store.begin()
        for command, future in batch:
            result, refusal = None, None
            try:
                result = command()
            except RequestRefusedError as error:
                refusal = error
            if future:
                answers.append((future, result, refusal))
        self._fire_timers()
        self._take_turns()
        self.executions.flush()
        self.store.commit()
        return answers

    def _fire_timers(self) -> None:
        for timer in self.store.take_due_timers(self._clock.time(), _TIMERS_PER_COMMIT):
            self._fire(timer)

    def _fire(self, timer: DueTimer) -> None:
        fired = new_event(EventType.TIMER_FIRED, self._clock.now(), TimerId=timer.timer_id, FireAt=timer.fire_at)
        self.executions.deliver(timer.instance_id, timer.execution_id, fired)

    def _take_turns(self) -> None:
        until = time.perf_counter() + _TURNS_BUDGET
        while self.executions.ready:
            self.executions.take_turn_of_next()
            if time.perf_counter() > until:
                break

    def _announce(self) -> None:
        self._activities.schedule(self.executions.take_new_activities())
        for instance_id in self.executions.take_ended():
            for future in self._ended.pop(instance_id, ()):
                if not future.done():
                    future.set_result(None)

    def _arm(self, due: float | None) -> None:
        if self._timer and (due is None or self._timer.due != due or self._timer.callback is None):
            self._timer.cancel()
            self._timer = None
        if due is not None and not self._timer:
            self._timer = self._clock.call_at(due, self._wake)

    def _break_down(self, error: Exception, batch: Sequence[_Command]) -> None:
        cause = f"{self._database} could not be written" if isinstance(error, sqlite3.Error) else "of an internal error"
        self.failure = f"the task hub has stopped because {cause}: {error}"
        _LOG.critical("%s; remove the cause and start the host again", self.failure, exc_info=error)
        self.store.rollback()
        self._commands[:0] = batch
        self._halt(self.failure)

    def _halt(self, reason: str) -> None:
        self._stopped = reason
        if self._timer:
            self._timer.cancel()
        waiting = [future for _, future in self._commands if future]
        waiting += [future for futures in self._ended.values() for future in futures]
        for future in waiting:
            if not future.done():
                future.set_exception(HubStoppedError(reason))
        self._commands.clear()
        self._ended.clear()
