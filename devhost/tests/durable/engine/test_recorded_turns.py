"""Every turn recorded from the real .NET host (extension 3.15.0), taken again by devhost.

A recording has what the host sent to the SDK, what the SDK answered and which rows the host then wrote.
"""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from devhost.durable.engine.history import Event, EventType, new_event
from devhost.durable.engine.instance import Instance, Parent, Status
from devhost.durable.engine.turn import Loaded, take_turn

GOLDEN = Path(__file__).parents[2] / "golden" / "durable-3.15.0.jsonl.xz"
REWOUND = 17  # GenericEvent: rewind rewrites history, which this host does not support
ENTITY_EVENTS = {14, REWOUND}
ENTITY_ACTIONS = {7, 9}
ROW_TYPES = {
    "ExecutionCompleted": EventType.EXECUTION_COMPLETED,
    "TaskScheduled": EventType.TASK_SCHEDULED,
    "SubOrchestrationInstanceCreated": EventType.SUB_ORCHESTRATION_CREATED,
    "TimerCreated": EventType.TIMER_CREATED,
    "GenericEvent": REWOUND,
}
# Where this host decides otherwise than the recording, with the reason.
DIFFERENT = {
    ("K9", "the instance was rewound later, which rewrote the rows of these turns"): 2,
    ("E6", "unknown activity: Azure hangs, devhost fails the instance"): 1,
    ("E6b", "unknown sub-orchestrator: Azure hangs, devhost fails the instance"): 1,
    ("X3", "call_http: refused here"): 2,
    ("X1", "Azure Storage keeps a large result outside the row"): 1,
    ("L6", "retry interval above the longest timer: Azure hangs, devhost fails the instance"): 1,
}


@dataclass(frozen=True)
class RecordedTurn:
    scenario: str
    context: dict[str, Any]
    answer: str | None
    exception: str | None
    rows_after: list[dict[str, Any]]


class RecordedFunctions:
    """Functions that answer as the SDK answered in the recorded turn."""

    def __init__(self, turn: RecordedTurn, orchestrators: set[str], activities: set[str]) -> None:
        self._turn, self._orchestrators, self._activities = turn, orchestrators, activities
        self.context = ""

    def orchestrators(self) -> set[str]:
        return self._orchestrators

    def activities(self) -> set[str]:
        return self._activities

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        self.context = context
        if self._turn.answer is None:
            raise RuntimeError(self._turn.exception)
        return self._turn.answer

    async def run_activity(self, name: str, instance_id: str, text: str | None) -> str | None:
        raise AssertionError("a turn runs no activity")


def recordings() -> Iterator[dict[str, Any]]:
    with lzma.open(GOLDEN, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def comparable_turns() -> Iterator[RecordedTurn]:
    """Yield the turns of the execution whose rows were recorded, without entities and rewinds."""
    for recording in recordings():
        for instance in recording["instances"].values():
            for turn in instance["turns"]:
                history = turn["context"]["history"]
                execution = next(e for e in history if e["EventType"] == EventType.EXECUTION_STARTED)
                answer: str | None = turn.get("result_text")
                exception: str | None = None if answer else turn["exception"]["message"]
                if (
                    execution["OrchestrationInstance"]["ExecutionId"] == instance["executionId"]
                    and not any(e["EventType"] in ENTITY_EVENTS for e in history)
                    and not any(f'"actionType": {action}' in (answer or exception or "") for action in ENTITY_ACTIONS)
                ):
                    rows = instance["history"][len(history) :]
                    yield RecordedTurn(recording["scenario"], turn["context"], answer, exception, rows)


def written_rows(turn: RecordedTurn) -> list[tuple[Any, ...]]:
    """Return what the host wrote in this turn: up to its end, or to the next turn within the same session."""
    rows = []
    for row in turn.rows_after:
        if row["EventType"] in ("OrchestratorCompleted", "OrchestratorStarted"):
            break
        kind = ROW_TYPES[row["EventType"]]
        rows.append(outline(kind, row))
    return rows


def outline(kind: int, body: dict[str, Any]) -> tuple[Any, ...]:
    fire_at = body.get("FireAt")
    return (
        int(kind),
        body["EventId"],
        (body.get("Name") or "").lower(),
        fire_at and datetime.fromisoformat(fire_at).replace(tzinfo=UTC),
        body.get("OrchestrationStatus"),
        result(body),
    )


def result(body: dict[str, Any]) -> Any:
    text = body.get("Result")
    if text is None or "\nStack: " in text:  # a Python traceback has the paths of its machine
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def events_of(bodies: list[dict[str, Any]]) -> list[Event]:
    """Return events as the hub keeps them: made from their members, so that the hub itself marks them as played."""
    return [remade(**body) for body in bodies]


def remade(**body: Any) -> Event:
    kind, event_id, stamp = EventType(body.pop("EventType")), body.pop("EventId"), body.pop("Timestamp")
    del body["IsPlayed"]
    return new_event(kind, datetime.fromisoformat(stamp), event_id, **body)


def take(turn: RecordedTurn, functions: RecordedFunctions):
    history = turn.context["history"]
    continued = history[-1]["EventType"] == EventType.ORCHESTRATOR_COMPLETED
    boundaries = [i for i, e in enumerate(history) if e["EventType"] == EventType.ORCHESTRATOR_STARTED]
    split = len(history) if continued else boundaries[-1]
    started = next(e for e in history if e["EventType"] == EventType.EXECUTION_STARTED)
    instance = Instance(
        id=turn.context["instanceId"],
        execution_id=started["OrchestrationInstance"]["ExecutionId"],
        name=started["Name"],
        status=Status.RUNNING,
        input=started["Input"],
        output=None,
        custom_status=None,
        created=started["Timestamp"],
        updated=started["Timestamp"],
        parent=Parent.of(started["ParentInstance"]) if started["ParentInstance"] else None,
        begins_generation=continued,
    )
    past = events_of(history[:split])
    loaded = Loaded(instance, past)
    now = datetime.fromisoformat(history[boundaries[-1]]["Timestamp"])
    return take_turn(loaded, events_of(history[split + 1 :]), functions, now)


@pytest.fixture(scope="module")
def known() -> tuple[set[str], set[str]]:
    """Return the orchestrators and activities of the recorded app, by what it ran."""
    orchestrators, activities = set(), set()
    for recording in recordings():
        for instance in recording["instances"].values():
            orchestrators |= {turn["function"] for turn in instance["turns"]}
            activities |= {run["function"] for run in instance["activities"]}
    return orchestrators, activities


def test_every_recorded_turn_decides_what_the_dotnet_host_decided(known: tuple[set[str], set[str]]) -> None:
    different: Counter[str] = Counter()
    compared = 0
    for recorded in comparable_turns():
        functions = RecordedFunctions(recorded, *known)
        turn = take(recorded, functions)
        if turn.successor:
            continue  # the rows of the ended execution are gone
        written = [
            outline(event.type, json.loads(event.text)) for event in turn.appended if event.type in ROW_TYPES.values()
        ]
        compared += 1
        if written != written_rows(recorded):
            different[recorded.scenario] += 1
            if recorded.scenario not in {name for name, _ in DIFFERENT}:
                print(recorded.scenario, written, written_rows(recorded), sep="\n  ")

    assert different == {name: count for (name, _), count in DIFFERENT.items()}
    assert compared > 2_900


def test_every_recorded_turn_sends_the_sdk_what_the_dotnet_host_sent(known: tuple[set[str], set[str]]) -> None:
    for recorded in comparable_turns():
        functions = RecordedFunctions(recorded, *known)
        take(recorded, functions)
        if functions.context:
            assert comparable(json.loads(functions.context)) == comparable(recorded.context), recorded.scenario


def comparable(context: dict[str, Any]) -> dict[str, Any]:
    """Return the context without the timer limits, which are small in some recordings."""
    kept = {key: value for key, value in context.items() if not key.endswith("Duration")}
    return {**kept, "history": [comparable_event(event) for event in context["history"]]}


def comparable_event(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event without what the SDK ignores: our clock's precision, and whether a turn's end was played."""
    kept = {key: value for key, value in event.items() if key != "Timestamp"}
    if event["EventType"] == EventType.ORCHESTRATOR_COMPLETED:
        del kept["IsPlayed"]
    return kept
