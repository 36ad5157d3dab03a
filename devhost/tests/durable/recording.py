"""The content of a recording of the real .NET stack: the turns taken, and their times."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from yarl import URL

from devhost.durable.engine.history import Event, EventType


class DifferentRunError(AssertionError):
    """The recorded run cannot be followed further."""


@dataclass(frozen=True)
class RecordedTurn:
    """One turn: its beginning and its new events, of which there are none after continue-as-new."""

    instance_id: str
    execution_id: str
    moment: datetime
    arrivals: Sequence[Event]


def turns_of(recording: dict[str, Any]) -> Iterator[RecordedTurn]:
    """Yield all turns of all instances in the order in which they were taken."""
    turns = [turn for instance in recording["instances"].values() for turn in instance["turns"]]
    for turn in sorted(turns, key=lambda turn: turn["seq"]):
        history = turn["context"]["history"]
        starts = [i for i, body in enumerate(history) if body["EventType"] == EventType.ORCHESTRATOR_STARTED]
        continued = history[-1]["EventType"] == EventType.ORCHESTRATOR_COMPLETED
        arrivals = [] if continued else [_event(body) for body in history[starts[-1] + 1 :]]
        started = next(body for body in history if body["EventType"] == EventType.EXECUTION_STARTED)
        yield RecordedTurn(
            turn["context"]["instanceId"],
            started["OrchestrationInstance"]["ExecutionId"],
            _moment(history[starts[-1]]),
            arrivals,
        )


def turns_without_replay(recording: dict[str, Any]) -> Iterator[RecordedTurn]:
    """Yield the only turns of instances whose orchestrator is missing in the app."""
    for instance_id, instance in recording["instances"].items():
        for row in instance["history"] if not instance["turns"] else ():
            if row["EventType"] == "ExecutionStarted":
                moment = datetime.fromisoformat(row["_Timestamp"])
                started = Event(EventType.EXECUTION_STARTED, row["EventId"], row["Name"], row["_Timestamp"], "")
                yield RecordedTurn(instance_id, instance["executionId"], moment, [started])


def began(recording: dict[str, Any]) -> datetime:
    """Return when the recording began.

    Each stimulus has the time of its answer, counted from the beginning: the arrival answered soonest gives the best
    estimate.
    """
    arrivals: dict[tuple[str, str | None], list[datetime]] = {}
    for turn in turns_of(recording):
        for arrival in turn.arrivals:
            name = arrival.name if arrival.type is EventType.EVENT_RAISED else None
            arrivals.setdefault((turn.instance_id, name), []).append(datetime.fromisoformat(arrival.timestamp))
    requests: dict[tuple[str, str | None], list[float]] = {}
    for stimulus in recording["stimuli"]:
        words = URL(stimulus["url"]).path.split("/") if stimulus.get("status") == 202 else []
        if "orchestrators" in words:
            requests.setdefault((words[-1], None), []).append(stimulus["t"])
        elif "raiseEvent" in words:
            requests.setdefault((words[-3], words[-1]), []).append(stimulus["t"])
    bounds = [
        moment - timedelta(seconds=t)
        for key, times in requests.items()
        if key[1] is None or len(times) == len(arrivals.get(key, ()))
        for moment, t in zip(arrivals.get(key, ())[: 1 if key[1] is None else None], times, strict=False)
    ]
    return max(bounds, default=datetime(2026, 11, 20, tzinfo=UTC))


def parsed(body: Any) -> Any:
    """Parse a body if it is JSON. Return None if it is empty."""
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


def _event(body: dict[str, Any]) -> Event:
    try:
        return Event.of(body, json.dumps(body))
    except ValueError as error:  # a type of event that this host does not have
        raise DifferentRunError(f"ValueError: {error}") from error


def _moment(body: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(body["Timestamp"])
