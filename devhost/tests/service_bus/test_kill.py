"""kill -9 of a broker that is sending and receiving: what was acknowledged is there, what was completed is gone."""

from __future__ import annotations

import gc
import itertools
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusError

from devhost.clock import Clock
from devhost.service_bus import EntityConfig, ServiceBusBroker
from devhost.service_bus.entities import Queue

# `make test` kills three times. For the whole: DEVHOST_KILLS=8 DEVHOST_KILL_MESSAGES=50000 pytest -s test_kill.py
KILLS = int(os.environ.get("DEVHOST_KILLS", "3"))
MESSAGES = int(os.environ.get("DEVHOST_KILL_MESSAGES", "1500"))

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


@dataclass
class Record:
    """Message ids by what the broker said of them, over all kills."""

    acknowledged: set[str] = field(default_factory=set)
    completed: set[str] = field(default_factory=set)
    uncertain: set[str] = field(default_factory=set)  # asked for when it was killed
    redelivered: set[str] = field(default_factory=set)  # although completed


class Load:
    """Two senders and a receiver that note what the broker confirms, until the connection breaks."""

    def __init__(self, connection_string: str, round_number: int, record: Record) -> None:
        self._client = ServiceBusClient.from_connection_string(connection_string, retry_total=0)
        self._round = round_number
        self._record = record
        self._kill_time = threading.Event()

    def run(self, process: subprocess.Popen[str], kill_after: int) -> None:
        """Kill the process once it has acknowledged this many messages more, and completed a tenth as many."""
        self._enough_sent = len(self._record.acknowledged) + kill_after
        self._enough_completed = len(self._record.completed) + kill_after // 10
        threads = [
            threading.Thread(target=self._send, args=("single", 1)),
            threading.Thread(target=self._send, args=("batch", 30)),
            threading.Thread(target=self._receive),
        ]
        for thread in threads:
            thread.start()
        assert self._kill_time.wait(120), "the load never got going"
        process.kill()
        for thread in threads:
            thread.join()
        self._client.close()

    def _send(self, name: str, size: int) -> None:
        record = self._record
        try:
            with self._client.get_queue_sender("killed") as sender:
                for number in itertools.count():
                    ids = [f"{self._round}-{name}-{number}-{item}" for item in range(size)]
                    record.uncertain.update(ids)
                    sender.send_messages([ServiceBusMessage("x", message_id=message_id) for message_id in ids])
                    record.acknowledged.update(ids)
                    record.uncertain.difference_update(ids)
                    if (
                        len(record.acknowledged) >= self._enough_sent
                        and len(record.completed) >= self._enough_completed
                    ):
                        self._kill_time.set()
        except ServiceBusError:
            return  # the kill

    def _receive(self) -> None:
        record = self._record
        try:
            with self._client.get_queue_receiver("killed", prefetch_count=20) as receiver:
                while True:
                    for message in receiver.receive_messages(max_message_count=5, max_wait_time=5):
                        message_id = str(message.message_id)
                        if message_id in record.completed:
                            record.redelivered.add(message_id)
                        record.uncertain.add(message_id)
                        receiver.complete_message(message)
                        record.completed.add(message_id)
                        record.uncertain.discard(message_id)
        except ServiceBusError:
            return  # the kill


async def test_nothing_acknowledged_is_lost_and_nothing_completed_comes_back(tmp_path: Path) -> None:
    database = tmp_path / "broker.db"
    chance = random.Random()  # noqa: S311 -- any moment will do
    record = Record()
    for round_number in range(KILLS):
        with broker_process(database) as (connection_string, process):
            load = Load(connection_string, round_number, record)
            load.run(process, kill_after=MESSAGES // KILLS + chance.randint(1, 200))
        del load
    gc.collect()

    survivor = ServiceBusBroker(EntityConfig((Queue("killed"),)), database, Clock(), "key")
    await survivor.start()
    receiver = survivor.receiver("killed")
    left = [message.message_id for message in await receiver.receive(receiver.active_count())]
    await survivor.stop()

    acknowledged, completed, uncertain = record.acknowledged, record.completed, record.uncertain
    print(f"{KILLS} kills, {len(acknowledged)} messages acknowledged, {len(completed)} completed, {len(left)} left")
    assert len(acknowledged) >= MESSAGES
    assert len(left) == len(set(left)), "a message is there twice"
    assert not record.redelivered, "a completed message was delivered again"
    assert not completed & set(left), "a completed message came back"
    assert acknowledged - completed - uncertain <= set(left), "an acknowledged message is lost"
    assert set(left) <= acknowledged | uncertain, "a message that nobody sent"
