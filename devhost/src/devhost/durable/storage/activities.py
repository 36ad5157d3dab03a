"""Run activities on the app, a bounded number at a time, and turn their outcomes into history events."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime

from devhost.durable.engine.history import Event, EventType, compact_json, new_event
from devhost.durable.storage.store import ScheduledActivity
from devhost.ports import DurableFunctions


class ActivityRunner:
    """At-least-once execution: the scheduler keeps an activity on disk until its outcome is there."""

    def __init__(
        self,
        functions: DurableFunctions,
        now: Callable[[], datetime],
        deliver: Callable[[ScheduledActivity, Event], None],
        limit: int,
    ) -> None:
        self._functions = functions
        self._now = now
        self._deliver = deliver
        self._limit = limit
        self._queue: deque[ScheduledActivity] = deque()
        self._running: dict[asyncio.Task[None], str] = {}

    def schedule(self, activities: Iterable[ScheduledActivity]) -> None:
        """Run these as soon as there is room."""
        self._queue.extend(activities)
        while self._queue and len(self._running) < self._limit:
            activity = self._queue.popleft()
            task = asyncio.create_task(self._run(activity), name=f"activity {activity.name}")
            self._running[task] = activity.name
            task.add_done_callback(self._ended)

    def busy(self) -> str | None:
        """Return what is running or queued, None if nothing is."""
        if not self._running:
            return None
        names = ", ".join(sorted(set(self._running.values())))
        return f"{len(self._running) + len(self._queue)} activities ({names})"

    async def stop(self) -> None:
        """Abandon running activities; they are still on disk and run again after the next start."""
        self._queue.clear()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self.schedule(())

    async def _run(self, activity: ScheduledActivity) -> None:
        try:
            result = await self._functions.run_activity(activity.name, activity.instance_id, activity.input)
        except (Exception, SystemExit) as error:  # anything that the activity raises is its outcome
            outcome = _failure_event(activity, error, self._now())
        else:
            result = None if result == "null" else result
            outcome = new_event(EventType.TASK_COMPLETED, self._now(), TaskScheduledId=activity.task_id, Result=result)
        self._deliver(activity, outcome)


def _failure_event(activity: ScheduledActivity, error: BaseException, now: datetime) -> Event:
    message = f"{type(error).__name__}: {error}"
    stack = "".join(traceback.format_tb(error.__traceback__))
    # The members that people read of the .NET exception, as extension 3.15 serialises it.
    details = {
        "$type": "System.Exception, System.Private.CoreLib",
        "ClassName": "System.Exception",
        "Message": f" {message}",
        "Data": None,
        "InnerException": {
            "$type": "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script",
            "IsUserException": False,
            "RemoteStackTrace": stack,
            "RemoteMessage": message,
            "Message": f"Result: Failure\nException: {message}\nStack: {stack}",
        },
    }
    return new_event(
        EventType.TASK_FAILED,
        now,
        TaskScheduledId=activity.task_id,
        Reason=f"Activity function '{activity.name}' failed:  {message}",
        Details=compact_json(details),
        FailureDetails=None,
    )
