"""kill -9 of a broker that is sending and receiving: what was acknowledged is there, what was completed is gone."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusError

from devhost.clock import Clock
from devhost.service_bus import EntityConfig, ServiceBusBroker
from devhost.service_bus.entities import Queue

ROUNDS = 3

# The SDK leaves the sockets of a connection that broke to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@contextmanager
def broker_process(database: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    script = Path(__file__).with_name("broker_process.py")
    process = subprocess.Popen([sys.executable, str(script), str(database)], stdout=subprocess.PIPE, text=True)  # noqa: S603
    with process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


class Load:
    """One sender and one receiver that remember what the broker confirmed, until the connection breaks."""

    def __init__(self, connection_string: str, round_number: int) -> None:
        self._client = ServiceBusClient.from_connection_string(connection_string, retry_total=0)
        self._round = round_number
        self._kill_time = threading.Event()
        self.acknowledged: set[str] = set()
        self.completed: set[str] = set()
        self.uncertain: set[str] = set()

    def run(self, process: subprocess.Popen[str], kill_after: int) -> None:
        threads = [threading.Thread(target=self._send), threading.Thread(target=self._receive, args=(kill_after,))]
        for thread in threads:
            thread.start()
        assert self._kill_time.wait(30), "the load never got going"
        process.kill()
        for thread in threads:
            thread.join()
        self._client.close()

    def _send(self) -> None:
        try:
            with self._client.get_queue_sender("killed") as sender:
                for number in range(100_000):
                    ids = [f"{self._round}-{number}-{item}" for item in range(number % 3 + 1)]
                    self.uncertain.update(ids)
                    sender.send_messages([ServiceBusMessage("x", message_id=message_id) for message_id in ids])
                    self.uncertain.difference_update(ids)
                    self.acknowledged.update(ids)
        except ServiceBusError:
            return  # the kill

    def _receive(self, kill_after: int) -> None:
        try:
            with self._client.get_queue_receiver("killed") as receiver:
                while True:
                    for message in receiver.receive_messages(max_message_count=5, max_wait_time=5):
                        message_id = str(message.message_id)
                        self.uncertain.add(message_id)
                        receiver.complete_message(message)
                        self.uncertain.discard(message_id)
                        self.completed.add(message_id)
                        if len(self.completed) >= kill_after:
                            self._kill_time.set()
        except ServiceBusError:
            return  # the kill


async def test_nothing_acknowledged_is_lost_and_nothing_completed_comes_back(tmp_path: Path) -> None:
    database = tmp_path / "broker.db"
    chance = random.Random()  # noqa: S311 -- any moment will do
    acknowledged: set[str] = set()
    completed: set[str] = set()
    uncertain: set[str] = set()
    for round_number in range(ROUNDS):
        with broker_process(database) as (connection_string, process):
            load = Load(connection_string, round_number)
            load.run(process, kill_after=chance.randint(50, 200))
        acknowledged |= load.acknowledged
        completed |= load.completed
        uncertain |= load.uncertain
        del load
    gc.collect()

    survivor = ServiceBusBroker(EntityConfig((Queue("killed"),)), database, Clock(), "key")
    await survivor.start()
    receiver = survivor.receiver("killed")
    left = [message.message_id for message in await receiver.receive(receiver.active_count())]
    await survivor.stop()

    assert len(left) == len(set(left)), "a message is there twice"
    assert not completed & set(left), "a completed message came back"
    assert acknowledged - completed - uncertain <= set(left), "an acknowledged message is lost"
    assert set(left) <= acknowledged | uncertain, "a message that nobody sent"
