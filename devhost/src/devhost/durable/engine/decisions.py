"""The new work that a turn can ask for, and the history event that records it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from devhost.durable.engine.history import Event, EventType, new_event, wire_time


@dataclass(frozen=True, slots=True)
class ActivityCall:
    """Run an activity; `input` is JSON text."""

    kind: ClassVar = EventType.TASK_SCHEDULED
    id: int
    name: str
    input: str | None


@dataclass(frozen=True, slots=True)
class ChildStart:
    """Start a sub-orchestration; without an instance id it gets one made of its parent's execution and `id`."""

    kind: ClassVar = EventType.SUB_ORCHESTRATION_CREATED
    id: int
    name: str
    input: str | None
    instance_id: str | None


@dataclass(frozen=True, slots=True)
class TimerSet:
    """Fire a timer at `fire_at`; `retry_delay` says that it is the pause after a failed attempt."""

    kind: ClassVar = EventType.TIMER_CREATED
    id: int
    fire_at: datetime
    retry_delay: timedelta | None = None
    name: ClassVar[None] = None


Decision = ActivityCall | ChildStart | TimerSet


def decision_event(decision: Decision, moment: datetime) -> Event:
    """The history event for a decision, members as the extension names them."""
    match decision:
        case ActivityCall():
            members = {"Name": decision.name, "Version": "", "Input": None, "ParentTraceContext": None}
        case ChildStart():
            members = {"Name": decision.name, "Version": None, "InstanceId": decision.instance_id, "Input": None}
        case TimerSet():
            members = {"FireAt": wire_time(decision.fire_at)}
    return new_event(decision.kind, moment, decision.id, **members, Tags=None)
