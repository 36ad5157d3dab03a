"""Repeated kill -9 during the work: what was acknowledged is done, and done once."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

APPROVALS = 60
NAPS = 20
KILLS = 6
DEADLINE = 240.0


class KillableHub:
    """The process that is killed, and the origin of its successor."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.origin = ""

    async def start(self) -> None:
        script = Path(__file__).with_name("hub_process.py")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), str(self.database), stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout
        self.origin = f"http://127.0.0.1:{int(await self._process.stdout.readline())}"

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[KillableHub]:
    started = KillableHub(tmp_path / "hub.db")
    await started.start()
    yield started
    await started.kill()


async def insist(attempt: Callable[[], Awaitable[bool]]) -> None:
    """Repeat `attempt` until it is acknowledged."""
    while True:
        try:
            if await attempt():
                return
        except (ClientError, ConnectionError):
            pass
        await asyncio.sleep(0.02)


async def post(session: ClientSession, url: str, body: str | None, *accepted: int) -> bool:
    headers = {"Content-Type": "application/json"}
    async with session.post(url, data=body, headers=headers) as response:
        return response.status in accepted


async def approve(session: ClientSession, hub: KillableHub, number: int) -> None:
    instance = f"approval-{number}"
    start = "orchestrators/approval/" + instance
    decide = f"instances/{instance}/raiseEvent/Decision"
    await insist(lambda: post(session, f"{hub.origin}/durabletask/{start}", None, 202, 409))
    await asyncio.sleep(random.uniform(0, 2))  # noqa: S311 - spreads the load over the kills
    await insist(lambda: post(session, f"{hub.origin}/durabletask/{decide}", f'"yes {number}"', 202, 410))


async def nap(session: ClientSession, hub: KillableHub, number: int) -> None:
    await insist(lambda: post(session, f"{hub.origin}/durabletask/orchestrators/nap/nap-{number}", None, 202, 409))


async def all_ended(session: ClientSession, hub: KillableHub) -> bool:
    url = f"{hub.origin}/durabletask/instances?runtimeStatus=Pending,Running"
    async with session.get(url) as response:
        return await response.json() == []


async def test_an_event_acknowledged_just_before_the_kill_is_delivered(hub: KillableHub) -> None:
    async with asyncio.timeout(DEADLINE), ClientSession() as session:
        origin = f"{hub.origin}/durabletask"
        assert await post(session, f"{origin}/orchestrators/waiter/one", None, 202)
        assert await post(session, f"{origin}/instances/one/raiseEvent/Go", '"kept"', 202)
        await hub.kill()
        await hub.start()
        await insist(lambda: all_ended(session, hub))
        async with session.get(f"{hub.origin}/durabletask/instances/one") as response:
            assert (await response.json())["output"] == "kept"


async def test_an_activity_killed_while_it_runs_is_run_again(hub: KillableHub, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    async with asyncio.timeout(DEADLINE), ClientSession() as session:
        origin = f"{hub.origin}/durabletask"
        body = json.dumps(json.dumps(str(runs)))
        assert await post(session, f"{origin}/orchestrators/interrupted/one", body, 202)
        while not (runs.exists() and runs.stat().st_size):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
        await hub.kill()
        await hub.start()
        await insist(lambda: all_ended(session, hub))
        async with session.get(f"{hub.origin}/durabletask/instances/one") as response:
            assert (await response.json())["output"] == "run 2"


async def test_nothing_acknowledged_is_lost(hub: KillableHub) -> None:
    async with asyncio.timeout(DEADLINE), ClientSession() as session:
        clients = [asyncio.create_task(approve(session, hub, number)) for number in range(APPROVALS)]
        clients += [asyncio.create_task(nap(session, hub, number)) for number in range(NAPS)]
        for _ in range(KILLS):
            await asyncio.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - any moment will do
            await hub.kill()
            await hub.start()
        await asyncio.gather(*clients)
        await insist(lambda: all_ended(session, hub))
    await hub.kill()

    with sqlite3.connect(hub.database) as db:
        outputs = dict(db.execute("SELECT instance_id, status || output FROM instances"))
        histories = db.execute("SELECT instance_id, events FROM history").fetchall()
        left = [db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("inbox", "timers", "activities")]  # noqa: S608
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    assert outputs == {f"approval-{n}": f'Completed"yes {n}!"' for n in range(APPROVALS)} | {
        f"nap-{n}": 'Completed"worked 0.2"' for n in range(NAPS)
    }
    assert left == [0, 0, 0]
    scheduled, completed = Counter(), Counter()
    events = [(instance, json.loads(text)) for instance, texts in histories for text in texts.splitlines()]
    for instance, event in events:
        if event["EventType"] == 4:
            scheduled[instance, event["EventId"]] += 1
        elif event["EventType"] == 5:
            completed[instance, event["TaskScheduledId"]] += 1
    assert completed == scheduled
    assert len(scheduled) == 2 * APPROVALS + NAPS
    assert set(scheduled.values()) == {1}
