"""The decisions that a turn can make, and the history events that record them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from devhost.durable.engine.history import Event, EventType, new_event, wire_time


@dataclass(frozen=True, slots=True)
class ActivityCall:
    """A call of an activity; `input` is JSON text."""

    kind: ClassVar = EventType.TASK_SCHEDULED
    id: int
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class ChildStart:
    """The start of a sub-orchestration. Without an instance id it gets one made of its parent's execution and `id`."""

    kind: ClassVar = EventType.SUB_ORCHESTRATION_CREATED
    id: int
    name: str
    input: str | None
    instance_id: str | None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class TimerSet:
    """A timer that fires at `fire_at`. `retry_delay` is set if it is the pause after a failed attempt."""

    kind: ClassVar = EventType.TIMER_CREATED
    id: int
    fire_at: datetime
    retry_delay: timedelta | None = None
    name: ClassVar[None] = None


Decision = ActivityCall | ChildStart | TimerSet


def decision_event(decision: Decision, moment: datetime) -> Event:
    """Return the history event of a decision, with members as the extension names them."""
    match decision:
        case ActivityCall():
            members = {"Name": decision.name, "Version": "", "Input": None, "ParentTraceContext": None}
        case ChildStart():
            members = {"Name": decision.name, "Version": decision.version}
            members |= {"InstanceId": decision.instance_id, "Input": None}
        case TimerSet():
            members = {"FireAt": wire_time(decision.fire_at)}
    return new_event(decision.kind, moment, decision.id, **members, Tags=None)
