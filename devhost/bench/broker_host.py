"""`python broker_host.py DATABASE`: run the broker in a process of its own and print its connection string."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from devhost.clock import Clock
from devhost.service_bus import EntityConfig, ServiceBusBroker
from devhost.service_bus.queues.entities import Queue, QueueRules

_FORTNIGHT = 14 * 86_400.0  # the messages' time to live, so that expiry is kept track of as in an app


async def _serve(database: Path) -> None:
    queue = Queue("bench", QueueRules(default_ttl=_FORTNIGHT))
    broker = ServiceBusBroker(EntityConfig((queue,)), database, Clock(), "key of a benchmark")
    await broker.start()
    print(broker.connection_string, flush=True)
    await asyncio.Event().wait()


asyncio.run(_serve(Path(sys.argv[1])))
