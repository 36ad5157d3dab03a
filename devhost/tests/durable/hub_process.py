"""`python hub_process.py DATABASE`: run a hub in a process of its own, print its port, and wait to be killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from any_path import any_path
from app_functions import AppFunctions
from devhost.clock import Clock
from devhost.durable.hub import DurableHub


async def main(database: Path) -> None:
    functions = AppFunctions(Path(__file__).with_name("scenario_app.py"))
    hub = DurableHub(database, Clock(), functions, hub_name="TestHub", system_key="unused")
    await hub.start()
    runner = web.AppRunner(any_path(hub.serve))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main(Path(sys.argv[1])))
