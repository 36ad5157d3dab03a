"""`python approval_host.py DATABASE`: run a durable hub with the approvals app in a process of its own.

Reads commands from standard input, one JSON array a line (`["start", 0, 1000]`), and answers each with one JSON line.
Clients are the hub's own client API within the process: HTTP would measure the web server and a second process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from devhost.app.loader import load_functions
from devhost.app.settings import Settings
from devhost.clock import Clock
from devhost.dispatch.durable_functions import HostedDurableFunctions
from devhost.dispatch.invoker import Invoker
from devhost.dispatch.worker import Worker
from devhost.durable.hub import DurableHub

_APP = Path(__file__).parent / "approvals"
_DECISION = '{"approved":true}'
_LONGEST_WAIT = 600.0
# Starts and events under way at once: enough to share commits, as from many clients.
_AT_ONCE = 1000


class ApprovalHost:
    """The commands that standard input may name; approvals are numbered from `first`."""

    def __init__(self, database: Path) -> None:
        self._worker = Worker()
        functions = load_functions(_APP, Settings({}, {}))
        hosted = HostedDurableFunctions(functions, Invoker(self._worker, None, {}))
        self._hub = DurableHub(database, Clock(), hosted, hub_name="Bench", system_key="unused")

    async def run(self) -> None:
        self._worker.start()
        gc.freeze()  # as `devhost start` does
        began = time.perf_counter()
        await self._hub.start()
        if self._hub.client.instance(_name(0)):  # it waits already after a restart
            await self._decide(0)
        print(json.dumps({"seconds_to_first_event": time.perf_counter() - began}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            command, *arguments = json.loads(line)
            print(json.dumps(await getattr(self, command)(*arguments)), flush=True)

    async def start(self, first: int, count: int) -> dict[str, float]:
        """Start approvals and wait until all of them wait."""
        gc.collect()
        resident = psutil.Process().memory_info().rss
        with _measure(count) as figures:
            for low in range(first, first + count, _AT_ONCE):
                numbers = range(low, min(low + _AT_ONCE, first + count))
                await asyncio.gather(*(self._hub.client.start("approval", _name(n), None) for n in numbers))
            while self._hub.in_flight():  # noqa: ASYNC110 - the hub announces no end of all work
                await asyncio.sleep(0.001)
        gc.collect()
        return {**figures, "resident_bytes": (psutil.Process().memory_info().rss - resident) / count}

    async def release(self, first: int, count: int) -> dict[str, float]:
        """Raise the events of `count` approvals at once and wait until all are completed."""
        with _measure(count) as figures:
            for low in range(first, first + count, _AT_ONCE):
                numbers = range(low, min(low + _AT_ONCE, first + count))
                await asyncio.gather(*(self._decide(number) for number in numbers))
        return figures

    async def latencies(self, first: int, count: int) -> list[float]:
        """Measure the seconds from raise to completed, one approval after the other."""
        taken = []
        for number in range(first, first + count):
            began = time.perf_counter()
            await self._decide(number)
            taken.append(time.perf_counter() - began)
        return taken

    async def idle(self, seconds: float) -> float:
        """Measure the share of a core that the process uses while nothing happens."""
        await asyncio.sleep(1)
        before = time.process_time()
        await asyncio.sleep(seconds)
        return (time.process_time() - before) / seconds

    async def _decide(self, number: int) -> None:
        await self._hub.client.raise_event(_name(number), "Decision", _DECISION)
        await self._hub.client.wait_until_ended(_name(number), _LONGEST_WAIT)


def _name(number: int) -> str:
    return f"approval-{number}"


@contextmanager
def _measure(count: int) -> Iterator[dict[str, Any]]:
    """Fill in how many there were a second, and the processor time of each in seconds."""
    figures: dict[str, Any] = {}
    wall, processor = time.perf_counter(), time.process_time()
    yield figures
    figures["per_second"] = count / (time.perf_counter() - wall)
    figures["processor_seconds"] = (time.process_time() - processor) / count


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the SDK warns about itself
    asyncio.run(ApprovalHost(Path(sys.argv[1])).run())
