"""Timer triggers: NCRONTAB schedules, past-due runs, runs at the start.

A schedule follows host time but is not a due time of the clock: an advance over many occurrences runs the function
once, as past due, like a real host after a sleep.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from azure.functions.meta import Datum

from devhost.app.functions import Function
from devhost.clock import Clock
from devhost.database import open_database
from devhost.dispatch.context import RetryContext, running_retry
from devhost.dispatch.invoker import Invoker
from devhost.supervision import supervise
from devhost.triggers.schedule import Schedule

_log = logging.getLogger("devhost.timers")

_SCHEMA = "CREATE TABLE schedules (function TEXT PRIMARY KEY, last REAL, next REAL NOT NULL) WITHOUT ROWID"
_LONGEST_SLEEP = 3600.0
_PAST_DUE_SECONDS = 1.0


class ScheduleStore:
    """The last and next run of each timer, so that a run missed while the host was stopped is made up for."""

    def __init__(self, file: Path) -> None:
        self._database = open_database(file, {1: _SCHEMA})

    def close(self) -> None:
        self._database.close()

    def read(self, function: str) -> tuple[float | None, float] | None:
        return self._database.execute("SELECT last, next FROM schedules WHERE function = ?", (function,)).fetchone()

    def write(self, function: str, last: float | None, following: float) -> None:
        self._database.execute("INSERT OR REPLACE INTO schedules VALUES (?, ?, ?)", (function, last, following))


class TimerTrigger:
    """The timer of one function (ports.Service). Runs never overlap."""

    def __init__(self, function: Function, clock: Clock, invoker: Invoker, store: ScheduleStore) -> None:
        self._function = function
        self._clock = clock
        self._invoker = invoker
        self._store = store
        self._schedule = Schedule(function.trigger.options["schedule"], f"function {function.name}")
        self._monitored = function.trigger.options.get("useMonitor", True)
        self._last: float | None = None
        self._next = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._run: asyncio.Task[None] | None = None
        self._pausing = False

    @property
    def name(self) -> str:
        return self._function.name

    async def start(self) -> None:
        remembered = self._store.read(self._function.name) if self._monitored else None
        self._last, self._next = remembered or (None, self._schedule.following(self._clock.time()))
        if self._function.trigger.options.get("runOnStartup"):
            self._run = supervise(self._fire(past_due=self._clock.time() > self._next))
        else:
            self._arm()

    async def stop(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        if self._run:
            self._run.cancel()
            await asyncio.gather(self._run, return_exceptions=True)

    def in_flight(self) -> str | None:
        running = self._run and not self._run.done() and not self._pausing
        return f"{self._function.name} runs" if running else None

    def catch_up(self) -> None:
        """Run once if an advance of the clock has passed an occurrence."""
        if self._alarm and self._clock.time() >= self._next:
            self._alarm.cancel()
            self._tick()

    def _arm(self) -> None:
        delay = min(max(0.0, self._next - self._clock.time()), _LONGEST_SLEEP)
        self._alarm = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._alarm = None
        late = self._clock.time() - self._next
        if late < 0:
            self._arm()
        else:
            self._run = supervise(self._fire(past_due=late > _PAST_DUE_SECONDS))

    async def _fire(self, past_due: bool) -> None:
        await self.run(past_due=past_due)
        now = self._clock.time()
        self._last, self._next = now, self._schedule.following(now)
        if self._monitored:
            self._store.write(self._function.name, self._last, self._next)
        self._arm()

    async def run(self, *, past_due: bool) -> None:
        """Run the function, and again by its retry policy as long as it fails."""
        policy = self._function.retry
        error: Exception | None = None
        for retry in itertools.count():
            running_retry.set(RetryContext(policy.most if policy else 0, retry, error))
            try:
                await self._invoker.invoke(self._function, self._data(past_due), {})
            except Exception as failure:  # logged by the invoker
                error = failure
            else:
                return
            pause = policy.pause_before(retry + 1) if policy else None
            if pause is None:
                _log.debug("%s waits for its next occurrence", self._function.name)
                return
            _log.info("%s is tried again in %g s", self._function.name, pause)
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        """Wait in host time: meanwhile nothing runs, and the clock may jump."""
        over = asyncio.Event()
        alarm = self._clock.call_at(self._clock.time() + seconds, over.set)
        self._pausing = True
        try:
            await over.wait()
        finally:
            alarm.cancel()
            self._pausing = False

    def _data(self, past_due: bool) -> Datum:
        status = {
            "Last": _timestamp(self._last),
            "Next": _timestamp(self._next),
            "LastUpdated": _timestamp(self._last),
        }
        timer = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": past_due}
        return Datum(json.dumps(timer), "json")


def _timestamp(moment: float | None) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat() if moment else "0001-01-01T00:00:00+00:00"
