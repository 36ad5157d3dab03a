"""Where and how functions run, in this process."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from azure.functions.meta import Datum

from devhost.app.functions import Function
from devhost.app.loader import load_functions
from devhost.app.settings import Settings
from devhost.dispatch.invoker import FunctionTimeoutError, Invoker
from devhost.dispatch.worker import Worker

# The SDK warns once in a process that its codec will become stricter.
pytestmark = pytest.mark.filterwarnings("ignore:azure.functions df_loads was called:DeprecationWarning")

APP = """
import asyncio, threading, time
import azure.durable_functions as df
import azure.functions as func
app = df.DFApp()
ran = []

@app.activity_trigger("x")
def plain(x): return threading.current_thread().name

@app.activity_trigger("x")
async def loops(x): return [threading.current_thread().name, id(asyncio.get_running_loop())]

@app.activity_trigger("x")
async def blocks(x): time.sleep(0.5)

@app.activity_trigger("x")
async def hangs(x):
    try:
        await asyncio.sleep(3600)
    finally:
        ran.append("cancelled")

@app.activity_trigger("x")
def sleeps(x): time.sleep(0.5)

@app.activity_trigger("x")
def echoes(x, context: func.Context): return [x, context.function_name]

@app.timer_trigger("t", "0 0 * * * *")
def returns(t: func.TimerRequest): return 1
"""


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Function]:
    (tmp_path / "function_app.py").write_text(APP)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "function_app", raising=False)
    loaded = {function.name: function for function in load_functions(tmp_path, Settings({}, {}))}
    monkeypatch.delitem(sys.modules, "function_app")
    return loaded


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    worker.start()
    yield worker
    await worker.stop()


async def run(invoker: Invoker, function: Function, text: str = "1") -> Any:
    result = await invoker.invoke(function, Datum(text, "string"), {})
    return result.value if result else None


async def test_async_functions_share_one_loop_that_is_not_the_host_s(functions, worker) -> None:
    invoker = Invoker(worker, None, {})
    first, second = [await run(invoker, functions["loops"]) for _ in range(2)]

    assert first == second
    assert str(id(asyncio.get_running_loop())) not in first
    assert threading.current_thread().name not in first


async def test_plain_functions_run_in_the_thread_pool(functions, worker) -> None:
    assert "app-sync" in await run(Invoker(worker, None, {}), functions["plain"])


async def test_an_async_function_that_blocks_does_not_block_the_host(functions, worker) -> None:
    invoker = Invoker(worker, None, {})
    blocked = asyncio.create_task(run(invoker, functions["blocks"]))
    turns = 0
    while not blocked.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert turns > 10


@pytest.mark.parametrize("name", ["hangs", "sleeps", "blocks"])
async def test_a_function_longer_than_the_time_limit_fails(functions, worker, name: str) -> None:
    invoker = Invoker(worker, 0.1, {})
    with pytest.raises(FunctionTimeoutError, match=f"{name} ran longer"):
        await run(invoker, functions[name])
    assert invoker.running() is None


async def test_an_async_function_is_told_of_the_time_limit(functions, worker) -> None:
    ran = functions["hangs"].handler.__globals__["ran"]
    with pytest.raises(FunctionTimeoutError):
        await run(Invoker(worker, 0.05, {}), functions["hangs"])
    async with asyncio.timeout(60):
        while ran != ["cancelled"]:  # noqa: ASYNC110  (the signal comes from another loop)
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("text", "value"), [('{"a": [1]}', '[{"a": [1]}, "echoes"]'), ("null", '[null, "echoes"]')])
async def test_an_activity_gets_json_and_a_context_and_returns_json(functions, worker, text: str, value: str) -> None:
    assert await run(Invoker(worker, None, {}), functions["echoes"], text) == value


async def test_a_value_returned_without_a_binding_for_it_is_an_error(functions, worker) -> None:
    timer = Datum('{"IsPastDue": false}', "json")
    with pytest.raises(RuntimeError, match="returns without a \\$return binding"):
        await Invoker(worker, None, {}).invoke(functions["returns"], timer, {})


async def test_what_runs_is_named(functions, worker) -> None:
    invoker = Invoker(worker, None, {})
    running = asyncio.create_task(run(invoker, functions["sleeps"]))
    await asyncio.sleep(0)
    assert invoker.running() == "sleeps"
    await running

    assert (invoker.running(), invoker.invocations) == (None, 1)
