"""An instance as the management API shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from devhost.durable.engine.history import Event, EventType
from devhost.durable.engine.instance import Instance
from devhost.durable.errors import RequestRefusedError

EVENT_NAMES = {
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
_ASKED_BY = {
    EventType.TASK_COMPLETED: EventType.TASK_SCHEDULED,
    EventType.TASK_FAILED: EventType.TASK_SCHEDULED,
    EventType.SUB_ORCHESTRATION_COMPLETED: EventType.SUB_ORCHESTRATION_CREATED,
    EventType.SUB_ORCHESTRATION_FAILED: EventType.SUB_ORCHESTRATION_CREATED,
}
_SECONDS = len("2026-11-20T23:58:05")
_HIDDEN_MEMBERS = {
    "EventId",
    "IsPlayed",
    "TaskScheduledId",
    "TimerId",
    "OrchestrationInstance",
    "ParentInstance",
    "Tags",
    "Version",
}


def status_body(instance: Instance, *, show_input: bool) -> dict[str, Any]:
    """Return the status as JSON members."""
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
    """Return the history for people, without turn boundaries and with calls folded into their outcomes.

    Raises RequestRefusedError if two calls have one sequence id, on which the extension fails, too.
    """
    calls: dict[tuple[EventType, int], Event] = {}
    for event in events:
        if event.type in _ASKED_BY.values():
            if (event.type, event.key) in calls:
                raise _two_calls(event)
            calls[event.type, event.key] = event
    answered = {_call(event) for event in events if event.type in _ASKED_BY}
    return [
        _event_body(event, calls.get(_call(event)), show_output=show_output)
        for event in events
        if event.type in EVENT_NAMES and (event.type, event.key) not in answered
    ]


def _call(event: Event) -> tuple[EventType, int]:
    """Return the decision that an outcome belongs to; for any other event, a decision that cannot exist."""
    return _ASKED_BY.get(event.type, event.type), event.key


def _two_calls(event: Event) -> RequestRefusedError:
    key = f"{EVENT_NAMES[event.type]}_{event.key}"
    body = {
        "Message": "One or more of the arguments submitted is incorrect",
        "ExceptionMessage": f"An item with the same key has already been added. Key: {key}",
        "ExceptionType": "System.ArgumentException",
    }
    return RequestRefusedError(400, body)


def _event_body(event: Event, call: Event | None, *, show_output: bool) -> dict[str, Any]:
    body = json.loads(event.text)
    members = {key: value for key, value in body.items() if key not in _HIDDEN_MEMBERS}
    members["EventType"] = EVENT_NAMES[event.type]
    if "Result" in members:
        members["Result"] = _value(members["Result"])
        if not show_output:
            del members["Result"]
    if event.type is EventType.EXECUTION_STARTED:
        members["FunctionName"] = members.pop("Name")
    elif event.type in _ASKED_BY and call:
        members["ScheduledTime"] = call.timestamp
        members["FunctionName"] = call.name
        members["Input"] = None
        if call.type is EventType.SUB_ORCHESTRATION_CREATED:
            members["InstanceId"] = json.loads(call.text)["InstanceId"]
    return members


def _value(text: str | None) -> Any:
    """Parse stored text if it is JSON: reasons and failure messages are plain text."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _whole_seconds(stamp: str) -> str:
    return f"{stamp[:_SECONDS]}Z"
