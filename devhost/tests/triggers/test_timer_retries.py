"""Retry policies of timers, in this process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from devhost.app.loader import load_functions
from devhost.app.retry_policy import RetryPolicy, read_retry_policy
from devhost.app.settings import Settings
from devhost.clock import Clock
from devhost.dispatch.invoker import Invoker
from devhost.dispatch.worker import Worker
from devhost.errors import StartError
from devhost.triggers.timer import ScheduleStore, TimerTrigger

APP = """
import azure.functions as func
app = func.FunctionApp()
runs = []

@app.timer_trigger("timer", "0 0 3 1 1 *", run_on_startup=True)
@app.retry("exponential_backoff", "3", minimum_interval="00:10:00", maximum_interval="00:15:00")
def nightly(timer: func.TimerRequest, context: func.Context) -> None:
    retry = context.retry_context
    runs.append((retry.retry_count, retry.max_retry_count, str(retry.exception)))
    if len(runs) < FAILURES:
        raise RuntimeError(f"failure {len(runs)}")
"""


@pytest.mark.parametrize(("failures", "runs"), [(3, 3), (99, 4)])
async def test_a_timer_that_fails_is_tried_again_by_its_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int, runs: int
) -> None:
    (tmp_path / "function_app.py").write_text(APP.replace("FAILURES", str(failures)))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    (function,) = load_functions(tmp_path, Settings({}, {}))
    told = sys.modules["function_app"].runs
    monkeypatch.delitem(sys.modules, "function_app")
    clock, worker, store = Clock(), Worker(), ScheduleStore(tmp_path / "timers.db")
    worker.start()
    began = clock.time()
    trigger = TimerTrigger(function, clock, Invoker(worker, None, {}), store)
    await trigger.start()
    async with asyncio.timeout(60):
        while store.read("nightly") is None:
            await asyncio.sleep(0)
            if not trigger.in_flight() and (due := clock.next_due()):
                clock.jump_to(due)
    await trigger.stop()
    await worker.stop()
    store.close()

    expected = [(0, 3, "None"), (1, 3, "failure 1"), (2, 3, "failure 2"), (3, 3, "failure 3")]
    assert told == expected[:runs]
    minutes = [0, 10, 25, 40][runs - 1]
    assert clock.time() - began == pytest.approx(minutes * 60, abs=60)


def test_pauses_are_those_of_the_policy() -> None:
    fixed = read_retry_policy({"strategy": "fixed_delay", "max_retry_count": "-1", "delay_interval": "00:00:05"}, "f")
    assert fixed is not None
    assert fixed == RetryPolicy(-1, 5.0, 5.0)
    assert [fixed.pause_before(retry) for retry in (1, 2, 10_000)] == [5.0, 5.0, 5.0]
    growing = RetryPolicy(4, 1.0, 6.0)
    assert [growing.pause_before(retry) for retry in range(1, 6)] == [1.0, 2.0, 4.0, 6.0, None]
    assert read_retry_policy(None, "f") is None


@pytest.mark.parametrize("wrong", [{"max_retry_count": "many"}, {"delay_interval": "5"}, {"delay_interval": None}])
def test_a_wrong_policy_is_refused_with_its_place(wrong: dict[str, str | None]) -> None:
    policy = {"strategy": "fixed_delay", "max_retry_count": "1", "delay_interval": "00:00:01"} | wrong
    with pytest.raises(StartError, match=r"^app\.py:3: its retry policy is wrong"):
        read_retry_policy(policy, "app.py:3")
