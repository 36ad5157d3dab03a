"""An instance as the management API shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from devhost.durable.history import COMPLETIONS, DECISIONS, Event, EventType
from devhost.durable.instance import Instance

_NAMES = {
    EventType.EXECUTION_STARTED: "ExecutionStarted",
    EventType.EXECUTION_COMPLETED: "ExecutionCompleted",
    EventType.EXECUTION_TERMINATED: "ExecutionTerminated",
    EventType.TASK_SCHEDULED: "TaskScheduled",
    EventType.TASK_COMPLETED: "TaskCompleted",
    EventType.TASK_FAILED: "TaskFailed",
    EventType.SUB_ORCHESTRATION_CREATED: "SubOrchestrationInstanceCreated",
    EventType.SUB_ORCHESTRATION_COMPLETED: "SubOrchestrationInstanceCompleted",
    EventType.SUB_ORCHESTRATION_FAILED: "SubOrchestrationInstanceFailed",
    EventType.TIMER_CREATED: "TimerCreated",
    EventType.TIMER_FIRED: "TimerFired",
    EventType.EVENT_RAISED: "EventRaised",
    EventType.EXECUTION_SUSPENDED: "ExecutionSuspended",
    EventType.EXECUTION_RESUMED: "ExecutionResumed",
}
_HIDDEN_MEMBERS = {
    "EventId",
    "IsPlayed",
    "TaskScheduledId",
    "TimerId",
    "OrchestrationInstance",
    "ParentInstance",
    "Version",
}


def status_body(instance: Instance, *, show_input: bool) -> dict[str, Any]:
    """The status as JSON members."""
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": str(instance.status),
        "input": _value(instance.input) if show_input else None,
        "customStatus": _value(instance.custom_status),
        "output": _value(instance.output),
        "createdTime": _whole_seconds(instance.created),
        "lastUpdatedTime": _whole_seconds(instance.updated),
    }


def history_body(events: Sequence[Event], *, show_output: bool) -> list[dict[str, Any]]:
    """The history for people: turn boundaries left out, calls folded into their outcomes."""
    calls = {event.key: event for event in events if event.type in DECISIONS}
    answered = {event.key for event in events if event.type in COMPLETIONS}
    shown = []
    for event in events:
        folded = event.type in (EventType.TASK_SCHEDULED, EventType.SUB_ORCHESTRATION_CREATED)
        if event.type in _NAMES and not (folded and event.key in answered):
            shown.append(_event_body(event, calls.get(event.key), show_output=show_output))
    return shown


def _event_body(event: Event, call: Event | None, *, show_output: bool) -> dict[str, Any]:
    body = json.loads(event.text)
    members = {key: value for key, value in body.items() if key not in _HIDDEN_MEMBERS}
    members["EventType"] = _NAMES[event.type]
    if "Result" in members:
        members["Result"] = _value(members["Result"])
        if not show_output:
            del members["Result"]
    if event.type is EventType.EXECUTION_STARTED:
        members["FunctionName"] = members.pop("Name")
    elif event.type in COMPLETIONS and call and call.type is not EventType.TIMER_CREATED:
        members["ScheduledTime"] = call.timestamp
        members["FunctionName"] = call.name
        members["Input"] = None
        if call.type is EventType.SUB_ORCHESTRATION_CREATED:
            members["InstanceId"] = json.loads(call.text)["InstanceId"]
    return members


def _value(text: str | None) -> Any:
    """Stored text as JSON where it is JSON: reasons and failure messages are plain text."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _whole_seconds(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp):%Y-%m-%dT%H:%M:%SZ}"
