"""The recordings of the real .NET stack, run end to end: same status, output, activity calls, history, HTTP answers."""

from __future__ import annotations

import json
import lzma
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app_functions import AppFunctions
from recorded_run import RecordedRun
from recording import DifferentRunError

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden" / "durable-3.15.0.jsonl.xz"
APP = TESTS / "apps" / "golden" / "function_app.py"
with lzma.open(GOLDEN, "rt", encoding="utf-8") as lines:
    RECORDINGS = {line.split('"', 4)[3]: line for line in lines}  # the scenario's name is a line's first member
# Where and in what devhost differs, with the reason.
UNKNOWN = "Azure leaves the instance Running for ever, devhost fails it with a reason"
RACE = "the recorded host had not yet written what its answer depends on"
DIFFERENT = {
    "E6": (r"GET |history of ", f"unknown activity: {UNKNOWN}"),
    "E6b": (r"GET |history of ", f"unknown sub-orchestrator: {UNKNOWN}"),
    "K1": (r"POST .*/K1p-", RACE),
    "K14": (r"DELETE .*runtimeStatus=Running|(GET|history of) .*K14a2-", RACE),
    "K5": (r"GET .*/instances/?\\?", "lists more instances than were recorded"),
    "K9": (r"ValueError: 17 is not a valid EventType|history of |activities", "rewind is refused here"),
    "L6": (r"GET |history of |activities", f"retry interval above the longest timer, made small for it: {UNKNOWN}"),
    "R1": (r"activities", "activities of the killed host ran again"),
    "V1": (r"GET .*__module__|activities", "the recorded app was a module of another name"),
    "X3": (r"X3-|GET |history of |activities", "call_http is refused here"),
    "X4": (r"X4-|GET |history of |activities", "entities are refused here"),
    "Y024": (r"POST .*/raiseEvent/E1", RACE),
}

EVENT_TYPES = {
    "ExecutionStarted": 0,
    "ExecutionCompleted": 1,
    "ExecutionTerminated": 3,
    "TaskScheduled": 4,
    "TaskCompleted": 5,
    "TaskFailed": 6,
    "SubOrchestrationInstanceCreated": 7,
    "SubOrchestrationInstanceCompleted": 8,
    "SubOrchestrationInstanceFailed": 9,
    "TimerCreated": 10,
    "TimerFired": 11,
    "OrchestratorStarted": 12,
    "OrchestratorCompleted": 13,
    "EventRaised": 15,
    "ExecutionSuspended": 19,
    "ExecutionResumed": 20,
}
# What no two runs, or no two hosts, have in common.
VARYING = [
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "GUID"),
    (re.compile(r'\{\\*"\$type.*', re.DOTALL), "EXCEPTION"),
    (re.compile(r"Stack(Trace)?: .*", re.DOTALL), "STACK"),
    (re.compile(r"known \w+ functions: .*", re.DOTALL), "KNOWN FUNCTIONS"),
]


class RecordingFunctions:
    """The recorded app. Its activities are counted and do not sleep: the recording decides which was first."""

    def __init__(self, functions: Any, recording: dict[str, Any]) -> None:
        self._functions = functions
        self.calls: Counter[tuple[str, ...]] = Counter()
        context = next((t["context"] for i in recording["instances"].values() for t in i["turns"]), {})
        limits = ("longRunningTimerIntervalDuration", "maximumShortTimerDuration")
        self._limits = {name: context[name] for name in limits if name in context}
        self.orchestrators, self.activities = functions.orchestrators, functions.activities

    def run_orchestrator(self, name: str, instance_id: str, context: str) -> str:
        for limit, recorded in self._limits.items():  # some recordings made them small
            context = re.sub(f'"{limit}":"[^"]*"', f'"{limit}":"{recorded}"', context)
        return self._functions.run_orchestrator(name, instance_id, context)

    async def run_activity(self, name: str, instance_id: str, text: str | None) -> str | None:
        try:
            result = await self._functions.run_activity(name, instance_id, text)
        except Exception as error:
            self.calls[activity_call(name, text, None, f"{type(error).__name__}: {error}")] += 1
            raise
        self.calls[activity_call(name, text, result, None)] += 1
        return result


def activity_call(name: str, text: str | None, result: str | None, failure: str | None) -> tuple[str, ...]:
    return name.lower(), canonical(decoded(text)), failure or canonical(decoded(result))


def decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def unequal(recorded: Any, ours: Any, where: str) -> list[str]:
    """Return where and how two values differ."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        keys = sorted(recorded.keys() | ours.keys())
        return [found for key in keys for found in unequal(recorded.get(key), ours.get(key), f"{where}.{key}")]
    if isinstance(recorded, list | tuple) and isinstance(ours, list | tuple) and len(recorded) == len(ours):
        pairs = enumerate(zip(recorded, ours, strict=True))
        return [found for i, pair in pairs for found in unequal(*pair, f"{where}[{i}]")]
    return [] if recorded == ours else [f"{where}:\n    recorded {recorded}\n    ours     {ours}"]


def canonical(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True)


def plain(value: Any) -> Any:
    """Return a value without what varies from run to run."""
    if isinstance(value, dict):
        hidden = {"StackTrace"}
        if "Newtonsoft" in (value.get("ExceptionType") or ""):  # .NET's text for what is no JSON
            hidden.add("ExceptionMessage")
        return {key: plain(item) for key, item in value.items() if key not in hidden}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str):
        for pattern, word in VARYING:
            value = pattern.sub(word, value)
    return value


def outline(kind: int, body: dict[str, Any]) -> tuple[Any, ...]:
    answers = body["TimerId"] if kind == 11 else body["TaskScheduledId"] if kind in (5, 6, 8, 9) else None
    name = (body.get("Name") or "").lower() if kind in (0, 4, 7, 15) else ""
    return kind, body["EventId"], answers, name, body.get("OrchestrationStatus")


@pytest.fixture(scope="module")
def recorded_app() -> AppFunctions:
    return AppFunctions(APP, hurried=True)


async def differences(recording: dict[str, Any], app: Any, folder: Path) -> list[str]:
    functions = RecordingFunctions(app, recording)
    run = RecordedRun(recording, folder / "hub.db", functions)
    found = []
    try:
        await run.play()
    except DifferentRunError as error:
        found.append(str(error))
    for answer in run.answers:
        found += unequal(plain(answer.recorded), plain(answer.ours), answer.request)
    for instance_id, instance in recording["instances"].items():
        recorded = [outline(EVENT_TYPES.get(row["EventType"], -1), row) for row in instance["history"]]
        ours = [outline(event["EventType"], event) for event in run.histories.get(instance_id, [])]
        found += unequal(recorded, ours, f"history of {instance_id} ")
    recorded = recorded_calls(recording)
    ours = Counter({tuple(map(run.known_as, call)): count for call, count in functions.calls.items()})
    # Whether an activity without a recorded outcome still ran depends on when the recording ended.
    not_compared = unanswered(recording)
    if any(Counter(name for name, *_ in more.elements()) - not_compared for more in (recorded - ours, ours - recorded)):
        found.append(f"activities\n    only recorded {recorded - ours}\n    only ours     {ours - recorded}")
    return found


def recorded_calls(recording: dict[str, Any]) -> Counter[tuple[str, ...]]:
    return Counter(
        activity_call(
            call["function"],
            call["input_text"],
            call.get("result_text"),
            call["exception"]["message"] if "exception" in call else None,
        )
        for instance in recording["instances"].values()
        for call in instance["activities"]
    )


def unanswered(recording: dict[str, Any]) -> Counter[str]:
    """Return the names of the activities whose outcomes are in no history."""
    names: Counter[str] = Counter()
    for instance in recording["instances"].values():
        scheduled: dict[int, list[str]] = {}
        for row in instance["history"]:
            if row["EventType"] == "TaskScheduled":
                scheduled.setdefault(row["EventId"], []).append(row["Name"].lower())
            elif row["EventType"] in ("TaskCompleted", "TaskFailed"):
                scheduled[row["TaskScheduledId"]].pop(0)
        names.update(name for left in scheduled.values() for name in left)
    return names


@pytest.mark.parametrize("scenario", RECORDINGS)
async def test_a_recorded_run_goes_as_it_went_on_azure(scenario: str, recorded_app: Any, tmp_path: Path) -> None:
    found = await differences(json.loads(RECORDINGS[scenario]), recorded_app, tmp_path)
    allowed, _ = DIFFERENT.get(scenario, (r"(?!)", ""))
    unexpected = [difference for difference in found if not re.match(allowed, difference)]

    assert not unexpected, "\n".join(unexpected)
    assert found or scenario not in DIFFERENT, f"{scenario} no longer differs: remove it from the list"
