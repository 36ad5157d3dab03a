"""`devhost replay`: recorded histories against the code that made them, and against changed code."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app_functions import AppFunctions
from devhost.durable.histories.check import first_difference
from devhost.durable.histories.exported import HistoryFileError, read_history

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session

TESTS = Path(__file__).parents[2]
GOLDEN = TESTS / "golden" / "durable-3.15.0.jsonl.xz"
# Recorded runs that the code does not replay alike, with the reason.
NOT_ALIKE = {
    "E6": "unknown activity: devhost fails the instance",
    "E6b": "unknown sub-orchestrator: devhost fails the instance",
    "K9": "rewound: refused",
    "L1": "timer limits made small for the recording",
    "L2": "as L1",
    "L2a": "as L1",
    "L3": "as L1",
    "L4": "as L1",
    "L5": "as L1",
    "L6": "as L1",
    "V1": "a class whose module had another name when it was recorded",
    "V4": "as X1",
    "X1": "a large result kept in a blob: refused",
    "X3": "call_http: refused",
    "X4": "entities: refused",
}


def test_every_recorded_history_replays_alike_with_the_code_that_made_it(tmp_path: Path) -> None:
    functions = AppFunctions(TESTS / "apps" / "golden" / "function_app.py", hurried=True)
    different, file = {}, tmp_path / "history.json"
    with lzma.open(GOLDEN, "rt", encoding="utf-8") as lines:
        for recording in map(json.loads, lines):
            for instance in recording["instances"].values():
                rows = instance["history"]
                if rows and (found := told(saved({"items": rows}, file), functions)):
                    different[recording["scenario"]] = found
    assert set(different) == set(NOT_ALIKE)


def told(file: Path, functions: Any) -> object:
    try:
        return first_difference(read_history(file), functions)
    except HistoryFileError as error:
        return error


def saved(body: object, file: Path) -> Path:
    file.write_text(json.dumps(body), encoding="utf-8")
    return file


def replay(file: Path, app: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from devhost.cli import run; run()", "replay", str(file), "--app", str(app)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603


@pytest.fixture
def app_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    script = (TESTS / "durable" / "scenario_app.py").read_text(encoding="utf-8")
    (folder / "function_app.py").write_text(script, encoding="utf-8")
    return folder


async def test_the_command_shows_the_first_difference(durable: Any, tmp_path: Path, app_folder: Path) -> None:
    await durable.run("approval", instance_id="one")
    await durable.client.raise_event("one", "Decision", "yes")
    await durable.settle()
    _, body = await durable.call("GET", "instances/one/history")
    file = saved(body, tmp_path / "history.json")
    same = replay(file, app_folder)
    assert (same.returncode, same.stdout) == (0, "one: all 4 turns of approval as recorded.\n"), same.stderr
    script = app_folder / "function_app.py"
    script.write_text(
        script.read_text().replace(
            'yield context.call_activity("shout", decision', 'yield context.call_activity("double", decision'
        )
    )
    changed = replay(file, app_folder)

    assert changed.returncode == 1
    assert "one: approval differs in turn 3" in changed.stdout
    assert "recorded: TaskScheduled 2 shout" in changed.stdout
    assert "now:      TaskScheduled 2 double" in changed.stdout


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not valid JSON"),
        ("[]", "expected a list of history events"),
        ('{"historyEvents": []}', "lacks sequence ids and turns"),
        ('[{"EventType": "OrchestratorStarted"}]', "event 0: not an event that devhost can replay"),
        ('[{"EventType": 14}]', "event 0: not an event that devhost can replay"),
        ('[{"EventType": 13, "EventId": -1, "Timestamp": "2026-01-01T00:00:00Z"}]', "begins with OrchestratorStarted"),
        ('[{"EventType": 5, "ResultBlobName": "x"}]', "Put the blob's text here as Result"),
    ],
)
def test_a_file_that_is_no_history_is_told(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "history.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(HistoryFileError, match=problem):
        read_history(file)


async def test_the_history_of_a_missing_instance_is_not_found(durable: Any) -> None:
    assert (await durable.call("GET", "instances/missing/history"))[0] == 404
