"""Random programs for the recorded app's interpreter, under random client calls.

The hub must answer every call as documented, keep running, and leave histories that the same code replays alike.
For more programs than in `make test`: DEVHOST_PROGRAMS=2000 pytest devhost/tests/durable/test_random_programs.py
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app_functions import AppFunctions
from devhost.clock import Clock
from devhost.durable.histories.check import first_difference
from devhost.durable.histories.exported import read_history

pytestmark = pytest.mark.filterwarnings("ignore:enable_cleanup_closed:DeprecationWarning")  # the SDK's session

PROGRAMS = int(os.environ.get("DEVHOST_PROGRAMS", "30"))
APP = Path(__file__).parents[1] / "apps" / "golden" / "function_app.py"
# The possible answers to each call, by the state of the instance.
ANSWERS = {
    "raiseEvent/E1": {202, 410},
    "raiseEvent/E2": {202, 410},
    "raiseEvent/e1": {202, 410},
    "suspend": {202, 410, 500},
    "resume": {202, 410, 500},
    "terminate": {202, 410},
    "rewind": {412, 501},
    "restart?restartWithNewInstanceId=false": {202, 409},
}
FAILURES = ("Non-Deterministic workflow detected:", "Orchestrator function 'fuzz' failed: ")


class ProgramWriter:
    """Programs in the language of the recorded app's orchestrator `fuzz`."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._names = 0

    def program(self) -> list[dict[str, Any]]:
        return [self._step() for _ in range(self._chance.randint(1, 5))]

    def _step(self) -> dict[str, Any]:
        kind = self._chance.choice(["leaf", "leaf", "all", "any", "any", "join"])
        if kind == "leaf":
            return self._leaf()
        if kind == "join":
            return {"k": "join"}
        step = {"k": kind, "of": [self._leaf() for _ in range(self._chance.randint(1, 3))]}
        if kind == "any":
            step |= {"cancel": self._chance.random() < 0.7, "keep": self._chance.random() < 0.4}
        return step

    def _leaf(self) -> dict[str, Any]:
        self._names += 1
        name = f"n{self._names}"
        match self._chance.choice(["act", "act", "retry", "timer", "event", "sub"]):
            case "act":
                return {"k": "act", "name": name, "fail": self._chance.random() < 0.3}
            case "sub":
                return {"k": "sub", "name": name, "fail": self._chance.random() < 0.3}
            case "retry":
                most, failing = self._chance.randint(1, 3), self._chance.randint(0, 3)
                return {"k": "retry", "name": name, "ms": 1000, "max": most, "n": failing}
            case "timer":
                return {"k": "timer", "s": self._chance.choice([1, 2, 7 * 86400])}
            case _:
                return {"k": "event", "name": self._chance.choice(["E1", "E2"])}


async def disturb(durable: Any, instance: str, chance: random.Random) -> None:
    """Make a few calls about the instance, with time and other work between them."""
    for _ in range(chance.randint(0, 6)):
        if chance.random() < 0.4:
            await durable.advance(chance.choice([0.5, 1, 3]))
        else:
            operation = chance.choice(list(ANSWERS))
            path, _, query = operation.partition("?")
            parameters = dict([query.split("=")]) if query else {}
            status, body = await durable.call("POST", f"instances/{instance}/{path}", '"x"', **parameters)
            assert status in ANSWERS[operation], (operation, status, body)


async def conclude(durable: Any, instance: str) -> tuple[str, Any]:
    """Give the instance all that a program can wait for, and return how it ended."""
    await durable.call("POST", f"instances/{instance}/resume")
    for _ in range(15):
        for event in ("E1", "E2"):
            await durable.call("POST", f"instances/{instance}/raiseEvent/{event}", '"y"')
        await durable.settle()
    await durable.advance(40 * 86400)
    return await durable.outcome(instance)


async def test_random_programs_end_as_documented_and_replay_alike(run_hub: Callable[..., Any], tmp_path: Path) -> None:
    chance = random.Random(20261120)  # noqa: S311 -- repeatable, not secret
    functions, statuses = AppFunctions(APP, hurried=True), set[str]()
    async with run_hub(Clock(), functions) as durable:
        for number in range(PROGRAMS):
            instance, program = f"program-{number}", ProgramWriter(chance).program()
            await durable.client.start_new("fuzz", instance, program)
            await disturb(durable, instance, chance)
            status, output = await conclude(durable, instance)
            statuses.add(status)
            assert durable.hub.failure is None, program
            assert status != "Failed" or output.startswith(FAILURES), (program, output)
            assert status in ("Completed", "Failed", "Terminated") or instance in durable.hub.stuck(), program
            _, exported = await durable.call("GET", f"instances/{instance}/history")
            file = tmp_path / "history.json"
            file.write_text(json.dumps(exported))
            assert first_difference(read_history(file), functions) is None, program
    assert {"Completed", "Failed", "Terminated"} <= statuses
