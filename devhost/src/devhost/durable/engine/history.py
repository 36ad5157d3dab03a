"""History events as the Durable extension sends them, and the context JSON of one replay.

Event numbers and fields are those of DurableTask.Core 3 as recorded from extension 3.15. An event is kept as the
JSON text that the SDK will read: a turn joins texts instead of serialising its whole history again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, NamedTuple

from devhost.durable.engine.instance import Parent


class EventType(IntEnum):
    """The history event types that a hub without entities writes."""

    EXECUTION_STARTED = 0
    EXECUTION_COMPLETED = 1
    EXECUTION_TERMINATED = 3
    TASK_SCHEDULED = 4
    TASK_COMPLETED = 5
    TASK_FAILED = 6
    SUB_ORCHESTRATION_CREATED = 7
    SUB_ORCHESTRATION_COMPLETED = 8
    SUB_ORCHESTRATION_FAILED = 9
    TIMER_CREATED = 10
    TIMER_FIRED = 11
    ORCHESTRATOR_STARTED = 12
    ORCHESTRATOR_COMPLETED = 13
    EVENT_RAISED = 15
    EXECUTION_SUSPENDED = 19
    EXECUTION_RESUMED = 20


DECISIONS = frozenset({EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_CREATED, EventType.TIMER_CREATED})
# The member of a completion that holds the sequence id of its decision.
_KEYS = {
    EventType.TASK_COMPLETED: "TaskScheduledId",
    EventType.TASK_FAILED: "TaskScheduledId",
    EventType.SUB_ORCHESTRATION_COMPLETED: "TaskScheduledId",
    EventType.SUB_ORCHESTRATION_FAILED: "TaskScheduledId",
    EventType.TIMER_FIRED: "TimerId",
}
COMPLETIONS = frozenset(_KEYS)
# The host marks only these as played after their turn; decisions and turn boundaries stay unplayed.
_MARKED_PLAYED = COMPLETIONS | {
    EventType.EXECUTION_STARTED,
    EventType.EVENT_RAISED,
    EventType.EXECUTION_SUSPENDED,
    EventType.EXECUTION_RESUMED,
}
_PLAYED_END = "true}"
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_SURROGATE = re.compile("[\ud800-\udfff]")


class Event(NamedTuple):
    """One history event.

    `key` is the sequence id of a decision, or of the decision that a completion belongs to, else -1. `text` is the
    event's JSON as later turns send it, with `"IsPlayed"` as its last member.
    """

    type: EventType
    key: int
    name: str | None
    timestamp: str
    text: str

    @classmethod
    def read(cls, text: str) -> Event:
        """Parse an event that was written as `text`."""
        return cls.of(json.loads(text), text)

    @classmethod
    def of(cls, body: dict[str, Any], text: str = "") -> Event:
        """Return the event with these members. Leave out `text` if only its meaning is needed."""
        kind = EventType(body["EventType"])
        key = body[_KEYS.get(kind, "EventId")]
        return cls(kind, key, body.get("Name"), body["Timestamp"], text)

    def new_text(self) -> str:
        """Return the event's JSON as the turn in which it arrives sends it."""
        if self.type in _MARKED_PLAYED:
            return self.text[: -len(_PLAYED_END)] + "false}"
        return self.text


def read_events(texts: Sequence[str]) -> list[Event]:
    """Parse the events written as `texts` as one document, which takes half the time of parsing each."""
    bodies = json.loads(f"[{','.join(texts)}]")
    return [Event.of(body, text) for body, text in zip(bodies, texts, strict=True)]


def new_event(kind: EventType, moment: datetime, event_id: int = -1, **members: Any) -> Event:
    """Return a new event at this moment (host time); `members` are those of its type, as the extension names them."""
    stamp = wire_time(moment)
    played = kind in _MARKED_PLAYED
    if not members and not played:  # the boundaries of turns, half of all events: their JSON needs no encoder
        text = f'{{"EventType":{int(kind)},"EventId":{event_id},"Timestamp":"{stamp}","IsPlayed":false}}'
        return Event(kind, event_id, None, stamp, text)
    body = {"EventType": int(kind), **members, "EventId": event_id, "Timestamp": stamp, "IsPlayed": played}
    key = members.get(_KEYS.get(kind, ""), event_id)
    return Event(kind, key, members.get("Name"), stamp, compact_json(body))


def execution_started(
    moment: datetime,
    name: str,
    instance_id: str,
    execution_id: str,
    *,
    input_text: str | None,
    parent: Parent | None,
    generation: int | None = None,
    version: str | None = None,
) -> Event:
    """Return the event that begins an execution.

    `parent` is that of a sub-orchestration; `generation`, for an instance started by a client, is the number of earlier
    instances with its id.
    """
    return new_event(
        EventType.EXECUTION_STARTED,
        moment,
        OrchestrationInstance={"InstanceId": instance_id, "ExecutionId": execution_id},
        ParentInstance=parent.body() if parent else None,
        Name=name,
        Version=version,
        Input=input_text,
        Tags=None,
        Correlation=None,
        ParentTraceContext=None,
        ScheduledStartTime=None,
        Generation=generation,
        GenerateNewTrace=False,
    )


def context_json(
    instance_id: str, parent_id: str | None, input_text: str | None, past: Sequence[str], new: Sequence[str]
) -> str:
    """Return the context that the host sends for one replay, from the texts of past (played) and new events.

    The two durations make the SDK split timers of more than six days into segments of three, as it does against
    Azure Storage; without them an orchestration that stays open on Azure would end here.
    """
    return (
        f'{{"history":[{",".join((*past, *new))}],"input":{input_text or "null"}'
        f',"instanceId":{json.dumps(instance_id)},"isReplaying":{"true" if past else "false"}'
        f',"parentInstanceId":{json.dumps(parent_id)},"upperSchemaVersion":1,"upperSchemaVersionNew":3'
        ',"longRunningTimerIntervalDuration":"3.00:00:00","maximumShortTimerDuration":"6.00:00:00"'
        ',"defaultHttpAsyncRequestSleepTimeMillseconds":30000}'
    )


def compact_json(value: Any) -> str:
    """Return JSON without spaces, as the extension writes it. Lone surrogates, which nothing can store, are escaped."""
    text = _COMPACT.encode(value)
    return text if text.isascii() else _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def wire_time(moment: datetime) -> str:
    """Return ISO 8601 in UTC with microseconds and a Z: its order as text is the order in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
