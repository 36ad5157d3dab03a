"""`python -m bench.broker_host DATABASE`: the broker as a process of its own; prints its connection string."""

# ruff: noqa: TID251 - it is the local host that is measured

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
