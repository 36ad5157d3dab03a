"""Run one recording of the real .NET stack on devhost, end to end, without races.

Which activity finished first, whether a timer fired before an event and which arrivals shared a turn were chance in
the recorded run. Here the recording decides: the hub takes the recorded turns, each at its recorded time and with the
recorded arrivals in their order. The arrivals themselves must come from the app's activities, from the hub's timers,
children and continuations, and from the recorded HTTP requests; a missing arrival is a difference.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from yarl import URL

from any_path import any_path
from devhost.clock import Clock
from devhost.durable.api.client import DurableClient
from devhost.durable.api.management_api import ManagementApi
from devhost.durable.api.urls import ManagementUrls
from devhost.durable.engine.history import COMPLETIONS, Event, EventType
from devhost.durable.storage.commit_loop import CommitLoop
from devhost.durable.storage.store import DueTimer, ScheduledActivity
from devhost.ports import DurableFunctions
from recording import DifferentRunError, RecordedTurn, began, parsed, turns_of, turns_without_replay

HUB_NAME, SYSTEM_KEY, HOST = "hub", "KEY", "http://HOST"
DEADLINE = 60.0
_OUTCOMES = (EventType.TASK_COMPLETED, EventType.TASK_FAILED)


class RecordedClock(Clock):
    """A clock that stands still at the recorded moment."""

    moment = datetime.min.replace(tzinfo=UTC)

    def time(self) -> float:
        return self.moment.timestamp()

    def now(self) -> datetime:
        return self.moment


@dataclass
class Answer:
    """The answer of the recorded host, and that of devhost."""

    request: str
    recorded: tuple[int, Any]
    ours: tuple[int, Any]


class RecordedOrderLoop(CommitLoop):
    """A hub's loop that holds arrivals back until their turn in the recording."""

    def __init__(self, database: Path, clock: RecordedClock, functions: DurableFunctions) -> None:
        super().__init__(database, clock, functions, max_concurrent_activities=1000)
        self._moment = clock
        self._outcomes: dict[tuple[str, int], tuple[ScheduledActivity, Event]] = {}
        self._timers: dict[tuple[str, int], DueTimer] = {}
        self._delivered = asyncio.Event()

    def _deliver_outcome(self, activity: ScheduledActivity, outcome: Event) -> None:
        self._outcomes[activity.execution_id, activity.task_id] = activity, outcome
        self._delivered.set()

    def _fire_timers(self) -> None:
        for timer in self.store.take_due_timers(inf, -1):
            self._timers[timer.execution_id, timer.timer_id] = timer

    def _take_turns(self) -> None:
        self.executions.ready.clear()

    async def take(self, instance_id: str, turn: RecordedTurn) -> None:
        """Take this turn. Raises DifferentRunError if something that it needs has not arrived."""
        instance = self.executions.instance(instance_id)
        if instance is None:
            raise DifferentRunError(f"{instance_id} was never started")
        keys = [(instance.execution_id, arrival.key) for arrival in turn.arrivals if arrival.type in _OUTCOMES]
        try:
            async with asyncio.timeout(DEADLINE):
                while any(key not in self._outcomes for key in keys) and self._activities.busy():
                    self._delivered.clear()
                    await self._delivered.wait()
        except TimeoutError as error:
            raise DifferentRunError(f"{instance_id}: an activity takes too long") from error
        self._moment.moment = turn.moment
        difference = await self.submit(lambda: self._take(instance_id, instance.execution_id, turn.arrivals))
        if difference:
            raise DifferentRunError(difference)

    def _take(self, instance_id: str, execution_id: str, arrivals: Sequence[Event]) -> str | None:
        self._fire_timers()
        for arrival in arrivals:
            if arrival.type in _OUTCOMES and (found := self._outcomes.pop((execution_id, arrival.key), None)):
                self._accept_outcome(*found)
            elif arrival.type is EventType.TIMER_FIRED and (
                timer := self._timers.pop((execution_id, arrival.key), None)
            ):
                self._fire(timer)
        inbox = self.executions._inbox
        present = inbox.take(instance_id)
        for arrival in arrivals:
            message = next((m for m in present if _same_arrival(m[1], arrival)), None)
            if message is None:
                return f"{instance_id}: {arrival.type.name} {arrival.name or arrival.key} has not arrived"
            present.remove(message)
            inbox.put(instance_id, *message)
        self.executions.ready[instance_id] = None
        self.executions.ready.move_to_end(instance_id, last=False)
        self.executions.take_turn_of_next()
        for message in present:
            inbox.put(instance_id, *message)
        return None

    def has_arrived(self, instance_id: str, arrival: Event) -> bool:
        """Return whether this message of a client has arrived."""
        inbox = self.executions._inbox
        messages = [*inbox._stored.get(instance_id, ()), *inbox._fresh.get(instance_id, ())]
        return any(_same_arrival(event, arrival) for _, event in messages)


class RecordedRun:
    """One recording on its own hub. Ids made by the hub are translated into the recorded ones."""

    def __init__(self, recording: dict[str, Any], database: Path, functions: DurableFunctions) -> None:
        self.recording = recording
        self.answers: list[Answer] = []
        self.ids: dict[str, str] = {}
        self.histories: dict[str, list[dict[str, Any]]] = {}
        self._clock = RecordedClock()
        self.loop = RecordedOrderLoop(database, self._clock, functions)
        self._stimuli = [stimulus for stimulus in recording["stimuli"] if stimulus.get("via")]
        self._waiting: list[asyncio.Task[None]] = []

    async def play(self) -> None:
        """Apply the stimuli and take the turns. Raises DifferentRunError."""
        self._began = began(self.recording)
        self._clock.moment = self._began
        await self.loop.start()
        client, urls = DurableClient(self.loop, self._clock.now), ManagementUrls(HUB_NAME, SYSTEM_KEY)
        api = ManagementApi(self.loop, client, urls, SYSTEM_KEY, key_required=True)
        runner = web.AppRunner(any_path(api.serve))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with ClientSession() as self._session:
                try:
                    await self._follow()
                finally:
                    await self._read_statuses()
        finally:
            for task in self._waiting:
                task.cancel()
            await runner.cleanup()
            await self.loop.stop()

    def known_as(self, text: str) -> str:
        """Return `text` with the recording's ids in place of ours."""
        for recorded, ours in self.ids.items():
            text = text.replace(ours, recorded)
        return text

    def ours(self, text: str) -> str:
        """Return `text` with our ids in place of the recording's."""
        for recorded, ours in self.ids.items():
            text = text.replace(recorded, ours)
        return text

    async def _follow(self) -> None:
        for turn in turns_of(self.recording):
            while self._stimuli and self._began + timedelta(seconds=self._stimuli[0]["t"]) < turn.moment:
                await self._apply_next()
            for arrival in turn.arrivals:
                while arrival.type not in COMPLETIONS and self._stimuli and not self._arrived(turn, arrival):
                    await self._apply_next()
            self._note_execution(turn)
            await self.loop.take(self.ours(turn.instance_id), turn)
        while self._stimuli:
            await self._apply_next()
        for turn in turns_without_replay(self.recording):
            await self.loop.take(self.ours(turn.instance_id), turn)
        await asyncio.gather(*self._waiting)

    def _note_execution(self, turn: RecordedTurn) -> None:
        """Note an execution id, because ids of children are made of it."""
        if instance := self.loop.executions.instance(self.ours(turn.instance_id)):
            self.ids[turn.execution_id] = instance.execution_id

    def _arrived(self, turn: RecordedTurn, arrival: Event) -> bool:
        return self.loop.has_arrived(self.ours(turn.instance_id), arrival)

    async def _apply_next(self) -> None:
        stimulus = self._stimuli.pop(0)
        self._clock.moment = max(self._clock.moment, self._began + timedelta(seconds=stimulus["t"]))
        if "timeout=" in stimulus["url"]:  # it is answered only after later turns
            task = asyncio.create_task(self._request(stimulus))
            self._waiting.append(task)
            instance_id = URL(stimulus["url"]).path.rsplit("/", 1)[-1]
            while self.loop.executions.instance(instance_id) is None:  # noqa: ASYNC110 - the hub announces no starts
                await asyncio.sleep(0)
        else:
            await self._request(stimulus)

    async def _request(self, stimulus: dict[str, Any]) -> None:
        if stimulus["via"] == "raw":
            method, text = stimulus["method"], stimulus["request_body"] or None
        else:
            method = stimulus["via"].split()[1].upper()
            text = None if stimulus["data"] is None else json.dumps(stimulus["data"])
        url = URL(self.ours(stimulus["url"]).replace(HOST, self.origin), encoded=True)
        # The recording's host had no keys, because it ran without that part of the Functions host.
        # The request's content type follows from the answer only.
        declared = "text/plain" if "Only application/json" in str(stimulus["body"]) else "application/json"
        headers = {"x-functions-key": SYSTEM_KEY, "Content-Type": declared}
        async with self._session.request(method, url, data=text and text.encode(), headers=headers) as response:
            body = await response.text()
        if response.status == stimulus["status"] == 202:
            self._note_instance(parsed(stimulus["body"]), parsed(body))
        recorded = stimulus["status"], parsed(stimulus["body"])
        self.answers.append(
            Answer(f"{method} {stimulus['url']}", recorded, (response.status, parsed(self._public(body))))
        )

    def _note_instance(self, recorded: Any, ours: Any) -> None:
        if isinstance(recorded, dict) and recorded.get("id") != ours.get("id"):
            self.ids[recorded["id"]] = ours["id"]

    async def _read_statuses(self) -> None:
        for instance_id, instance in self.recording["instances"].items():
            events = self.loop.store.history(self.ours(instance_id))
            self.histories[instance_id] = [json.loads(event.text) for event in events]
            url = URL(f"{self.origin}/durabletask/instances/{self.ours(instance_id)}")
            query = {"showHistory": "true", "showHistoryOutput": "true"}
            async with self._session.get(url, params=query) as response:
                body = await response.text()
            recorded = instance["status"]
            if recorded:
                self.answers.append(
                    Answer(
                        f"GET {instance_id}",
                        (recorded["status"], parsed(recorded["body"])),
                        (response.status, parsed(self._public(body))),
                    )
                )

    def _public(self, body: str) -> str:
        return self.known_as(body.replace(self.origin, HOST))


def _same_arrival(one: Event, other: Event) -> bool:
    if (one.type, one.key, one.name) != (other.type, other.key, other.name):
        return False
    return one.type is not EventType.EVENT_RAISED or json.loads(one.text)["Input"] == json.loads(other.text)["Input"]
