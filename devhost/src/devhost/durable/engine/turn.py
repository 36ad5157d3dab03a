"""One turn of one instance as data: from the history and the new events to what must be written.

It writes nothing and runs only the orchestrator's replay, so a turn that a crash loses before its commit is simply
taken again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from devhost.durable.engine.decisions import ChildStart, Decision, decision_event
from devhost.durable.engine.history import Event, EventType, compact_json, execution_started, new_event
from devhost.durable.engine.instance import Instance, Status
from devhost.durable.engine.nondeterminism import NonDeterministicError
from devhost.durable.engine.refusals import OrchestratorFailedError, check_decision, check_orchestrator
from devhost.durable.engine.replay import custom_status, replay
from devhost.durable.engine.stuck import why_stuck
from devhost.durable.engine.versions import ANY_VERSION, Versioning
from devhost.durable.engine.walk import Walk
from devhost.ports import DurableFunctions


@dataclass(frozen=True, slots=True)
class Successor:
    """The execution that continues as new: its id, its input and its first history."""

    execution_id: str
    input: str | None
    history: list[Event]


@dataclass(slots=True)
class Loaded:
    """An instance with its history in memory."""

    instance: Instance
    history: list[Event]


@dataclass(slots=True)
class Turn:
    """The changes of one turn. `appended` is added to the history unless a `successor` replaces it."""

    now: datetime
    appended: list[Event]
    custom_status: str | None
    status: Status = Status.RUNNING
    output: str | None = None
    decisions: list[Decision] = field(default_factory=list)
    successor: Successor | None = None
    warning: str | None = None


def take_turn(
    loaded: Loaded,
    arrived: Sequence[Event],
    functions: DurableFunctions,
    now: datetime,
    versioning: Versioning = ANY_VERSION,
) -> Turn:
    """Replay the orchestrator once and compare its actions with the history.

    The first turn after continue-as-new has no new events: the turn before has written its whole history.
    """
    instance, history = loaded.instance, loaded.history
    if instance.begins_generation:
        new, past = [], []
        texts = [e.text if e.type is EventType.EVENT_RAISED else e.new_text() for e in history]
    else:
        new, past = [new_event(EventType.ORCHESTRATOR_STARTED, now), *arrived], [event.text for event in history]
        texts = [event.new_text() for event in new]
    turn = Turn(now, list(new), instance.custom_status)
    try:
        check_orchestrator(instance.name, functions)
        if versioning.on_mismatch == "Fail" and (refusal := versioning.refusal(instance.version)):
            raise OrchestratorFailedError(refusal)
        state = replay(instance, past, texts, functions)
        status = custom_status(state)
        # The first turn after continue-as-new shows the status of the turn before, unless it sets its own.
        turn.custom_status = instance.custom_status if status is None and instance.begins_generation else status
        _conclude(turn, instance, state, [*history, *new], functions, default_version=versioning.default)
    except OrchestratorFailedError as error:
        turn.decisions.clear()
        if terminated := _last(arrived, EventType.EXECUTION_TERMINATED):
            _end(turn, Status.TERMINATED, json.loads(terminated.text)["Input"])
        else:
            _end(turn, Status.FAILED, f"Orchestrator function '{instance.name}' failed: {error}")
    if turn.appended:  # the turn that continued as new has already written its own end
        turn.appended.append(new_event(EventType.ORCHESTRATOR_COMPLETED, now))
    return turn


def _conclude(
    turn: Turn,
    instance: Instance,
    state: dict[str, Any],
    events: Sequence[Event],
    functions: DurableFunctions,
    *,
    default_version: str | None,
) -> None:
    walk = Walk((state.get("actions") or [[]])[0], default_version)
    try:
        _feed(walk, events)
    except NonDeterministicError as error:
        # Azure performs the colliding decisions before it fails the instance.
        _decide(turn, instance, walk, functions)
        _end(turn, Status.FAILED, str(error), walk.next_id)
        return
    if not walk.suspended:
        _decide(turn, instance, walk, functions)
    if terminated := _last(events, EventType.EXECUTION_TERMINATED):  # what was decided in the same turn still runs
        _end(turn, Status.TERMINATED, json.loads(terminated.text)["Input"], walk.next_id)
        return
    if walk.held_by:  # Azure shows the last reason until the instance has an output
        turn.output = json.loads(walk.held_by.text)["Reason"]
    failure, done = state.get("error"), bool(state.get("isDone"))
    if not walk.over or not (failure or done or walk.continue_as_new):
        if walk.suspended:
            turn.status = Status.SUSPENDED
        else:
            turn.warning = why_stuck(walk, sdk_done=bool(failure) or done)
    elif failure:
        _end(turn, Status.FAILED, f"Orchestrator function '{instance.name}' failed: {failure}", walk.next_id)
    elif walk.continue_as_new:
        turn.successor = _successor(instance, walk.continue_as_new["input"], walk.carried, turn.now)
    else:
        output = state.get("output")
        _end(turn, Status.COMPLETED, None if output is None else compact_json(output), walk.next_id)


def _feed(walk: Walk, events: Sequence[Event]) -> None:
    try:
        for event in events:
            walk.feed(event)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise OrchestratorFailedError(f"The SDK returned an action that devhost cannot read: {error!r}") from error


def _decide(turn: Turn, instance: Instance, walk: Walk, functions: DurableFunctions) -> None:
    for _, decision in sorted(walk.pending.items()):
        check_decision(decision, functions)
        if isinstance(decision, ChildStart) and not decision.instance_id:
            turn.decisions.append(replace(decision, instance_id=f"{instance.execution_id}:{decision.id}"))
        else:
            turn.decisions.append(decision)
    turn.appended.extend(decision_event(decision, turn.now) for decision in turn.decisions)


def _end(turn: Turn, status: Status, output: str | None, event_id: int = 0) -> None:
    turn.status, turn.output = status, output
    turn.appended.append(
        new_event(
            EventType.EXECUTION_COMPLETED,
            turn.now,
            event_id,
            OrchestrationStatus=str(status),
            Result=output,
            FailureDetails=None,
        )
    )


def _successor(instance: Instance, text: str | None, carried: Sequence[Event], now: datetime) -> Successor:
    execution_id, input_text = uuid4().hex, None if text is None else compact_json(text)
    started = execution_started(
        now,
        instance.name,
        instance.id,
        execution_id,
        input_text=input_text,
        parent=instance.parent,
        version=instance.version,
    )
    return Successor(
        execution_id,
        input_text,
        [
            new_event(EventType.ORCHESTRATOR_STARTED, now),
            started,
            *carried,
            new_event(EventType.ORCHESTRATOR_COMPLETED, now),
        ],
    )


def _last(events: Sequence[Event], kind: EventType) -> Event | None:
    return next((event for event in reversed(events) if event.type is kind), None)
