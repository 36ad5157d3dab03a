"""Take every turn of a recorded history again with the code as it is now, and find the first other decision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from devhost.durable.api.status_report import EVENT_NAMES
from devhost.durable.engine.history import DECISIONS, Event, EventType
from devhost.durable.engine.instance import Instance, Status
from devhost.durable.engine.turn import Loaded, take_turn
from devhost.durable.histories.exported import ExportedHistory
from devhost.ports import DurableFunctions

_DECIDED = DECISIONS | {EventType.EXECUTION_COMPLETED}


@dataclass(frozen=True, slots=True)
class Difference:
    """The first decision of a turn that is not as recorded, as text; None on the side that decided nothing."""

    turn: int
    begun: str
    recorded: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class _RecordedTurn:
    moment: datetime
    past: list[Event]
    arrived: list[Event]
    decided: list[Event]


def count_turns(history: ExportedHistory) -> int:
    """Return how many turns the history has."""
    return sum(1 for _ in _turns(history.events))


def first_difference(history: ExportedHistory, functions: DurableFunctions) -> Difference | None:
    """Return None if the code makes every recorded decision again. Runs nothing but the orchestrator's replays."""
    for number, recorded in enumerate(_turns(history.events), 1):
        loaded = Loaded(_instance(history), recorded.past)
        turn = take_turn(loaded, recorded.arrived, functions, recorded.moment)
        now = [event for event in turn.appended if event.type in _DECIDED]
        for before, after in zip_longest(recorded.decided, now):
            if before is None or after is None or _outline(before) != _outline(after):
                return Difference(number, recorded.moment.isoformat(), _words(before), _words(after))
        if turn.successor:
            return Difference(number, recorded.moment.isoformat(), None, "continue as new")
    return None


def _turns(events: list[Event]) -> Iterator[_RecordedTurn]:
    starts = [i for i, event in enumerate(events) if event.type is EventType.ORCHESTRATOR_STARTED]
    for start, end in zip(starts, [*starts[1:], len(events)], strict=True):
        new = events[start + 1 : end]
        yield _RecordedTurn(
            datetime.fromisoformat(events[start].timestamp),
            events[:start],
            [event for event in new if event.type not in _DECIDED | {EventType.ORCHESTRATOR_COMPLETED}],
            [event for event in new if event.type in _DECIDED],
        )


def _instance(history: ExportedHistory) -> Instance:
    return Instance(
        id=history.instance_id,
        execution_id="",
        name=history.name,
        status=Status.RUNNING,
        input=history.input,
        output=None,
        custom_status=None,
        created="",
        updated="",
    )


def _outline(event: Event) -> tuple[Any, ...]:
    """Return what must agree: not the text of a failure, because tracebacks have the paths of their machine."""
    body = json.loads(event.text)
    status = body.get("OrchestrationStatus")
    result = body.get("Result") if status == Status.COMPLETED else None
    fire_at = body.get("FireAt")
    return (
        event.type,
        event.key,
        (event.name or "").lower(),
        fire_at and datetime.fromisoformat(fire_at).timestamp(),
        status,
        result and json.loads(result),
    )


def _words(event: Event | None) -> str | None:
    if event is None:
        return None
    body = json.loads(event.text)
    details = (event.name, body.get("FireAt"), body.get("OrchestrationStatus"), body.get("Result"))
    return " ".join([EVENT_NAMES[event.type], str(event.key), *(detail for detail in details if detail)])
