"""`python broker_process.py DATABASE`: run a broker to be killed, and print its connection string."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from devhost.clock import Clock
from devhost.service_bus import EntityConfig, ServiceBusBroker
from devhost.service_bus.queues.entities import Queue, QueueRules

ENTITIES = EntityConfig((Queue("killed"), Queue("killed-sessions", QueueRules(requires_session=True))))


async def serve(database: Path) -> None:
    broker = ServiceBusBroker(ENTITIES, database, Clock(), "key of a broker to be killed")
    await broker.start()
    print(broker.connection_string, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
