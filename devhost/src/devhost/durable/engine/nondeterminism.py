"""The messages of DurableTask.Core for a replay that contradicts the history (recorded with Core 3.9, to the space)."""

from __future__ import annotations

import json

from devhost.durable.engine.history import Event, EventType

_ADVICE = "Was a change made to the orchestrator code after this instance had already started running?"
_SCHEDULED = {
    EventType.TASK_SCHEDULED: "an activity task",
    EventType.SUB_ORCHESTRATION_CREATED: "a sub-orchestration task",
    EventType.TIMER_CREATED: "a timer task",
}
_ACTION = {
    EventType.TASK_SCHEDULED: "ScheduleTaskOrchestratorAction",
    EventType.SUB_ORCHESTRATION_CREATED: "CreateSubOrchestrationAction",
    EventType.TIMER_CREATED: "CreateTimerOrchestratorAction",
}


class NonDeterministicError(Exception):
    """The replayed actions contradict a decision in the history. The message is the one that Azure stores."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"Non-Deterministic workflow detected: {detail} {_ADVICE}")


def not_scheduled(event: Event) -> NonDeterministicError:
    """Return the error for a decision in the history that the replay has not made."""
    past = f"A previous execution of this orchestration scheduled {_SCHEDULED[event.type]} with sequence ID {event.key}"
    version = json.loads(event.text or "{}").get("Version") or ""
    name = "" if event.type is EventType.TIMER_CREATED else f" and name '{event.name}' (version '{version}'),"
    return NonDeterministicError(f"{past}{name} but the current replay execution hasn't (yet?) scheduled this task.")


def scheduled_otherwise(event: Event, kind: EventType, name: str | None) -> NonDeterministicError:
    """Return the error for a replay that made a decision of another kind or name under the same sequence id."""
    named = "" if event.type is EventType.TIMER_CREATED else f" '{event.name}',"
    past = (
        f"A previous execution of this orchestration scheduled {_SCHEDULED[event.type]} with sequence number "
        f"{event.key} named{named} but the current orchestration replay instead"
    )
    if kind is event.type:
        return NonDeterministicError(f"{past} scheduled {_SCHEDULED[kind]} named '{name}' with this sequence number. ")
    return NonDeterministicError(f"{past} produced a {_ACTION[kind]} action with this sequence number.")
