"""kill -9 of a broker under load: what was acknowledged is there, what was completed is gone."""

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
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
)
from azure.servicebus.exceptions import ServiceBusError

from broker_process import ENTITIES
from devhost.clock import Clock
from devhost.service_bus import ServiceBusBroker

# `make test` kills twice. For more: DEVHOST_KILLS=8 DEVHOST_KILL_MESSAGES=50000 pytest -s test_kill.py
KILLS = int(os.environ.get("DEVHOST_KILLS", "2"))
MESSAGES = int(os.environ.get("DEVHOST_KILL_MESSAGES", "1000"))
SESSIONS = 4  # of the queue that requires them
FROM_ONE_SESSION = MESSAGES // KILLS // 20  # then another one, which costs the SDK half a second

# The SDK leaves the sockets of a broken connection to the garbage collector.
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
    """Message ids by the broker's confirmations, over all kills."""

    acknowledged: set[str] = field(default_factory=set)
    completed: set[str] = field(default_factory=set)
    uncertain: set[str] = field(default_factory=set)  # requested when it was killed
    redelivered: set[str] = field(default_factory=set)  # although completed
    out_of_order: list[str] = field(default_factory=list)  # within a session


class Load:
    """Two senders and a receiver that note the broker's confirmations until the connection breaks."""

    def __init__(self, connection_string: str, queue: str, round_number: int, record: Record) -> None:
        self._queue = queue
        self._client = ServiceBusClient.from_connection_string(connection_string, retry_total=0)
        self._round = round_number
        self._record = record
        self._kill_time = threading.Event()

    @property
    def _has_sessions(self) -> bool:
        return self._queue.endswith("sessions")

    def run(self, process: subprocess.Popen[str], kill_after: int) -> None:
        """Kill the process once it has acknowledged this many more messages and completed a tenth of that."""
        self._enough_sent = len(self._record.acknowledged) + kill_after
        self._enough_completed = len(self._record.completed) + kill_after // 10
        threads = [
            threading.Thread(target=self._send, args=("single", 1)),
            threading.Thread(target=self._send, args=("batch", 30)),
            threading.Thread(target=self._receive_from_sessions if self._has_sessions else self._receive),
        ]
        for thread in threads:
            thread.start()
        assert self._kill_time.wait(300), "the load never started"
        process.kill()
        for thread in threads:
            thread.join()
        self._client.close()

    def _send(self, name: str, size: int) -> None:
        record = self._record
        try:
            with self._client.get_queue_sender(self._queue) as sender:
                for number in itertools.count():
                    ids = [f"{self._round}-{name}-{number}-{item}" for item in range(size)]
                    record.uncertain.update(ids)
                    session = f"{name}-{number % SESSIONS}" if self._has_sessions else None
                    sender.send_messages(
                        [ServiceBusMessage("x", message_id=message_id, session_id=session) for message_id in ids]
                    )
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
        try:
            with self._client.get_queue_receiver(self._queue, prefetch_count=20) as receiver:
                while True:
                    self._complete(receiver)
        except ServiceBusError:
            return  # the kill

    def _receive_from_sessions(self) -> None:
        """Receive from one session after the other; the numbers in each must rise."""
        last: dict[str, int] = {}
        try:
            while True:
                with self._client.get_queue_receiver(self._queue, session_id=NEXT_AVAILABLE_SESSION) as receiver:
                    session = str(receiver.session.session_id)
                    for _ in range(FROM_ONE_SESSION // 5):
                        for message in self._complete(receiver, seconds=1):
                            if (message.sequence_number or 0) <= last.get(session, 0):
                                self._record.out_of_order.append(str(message.message_id))
                            last[session] = message.sequence_number or 0
        except ServiceBusError:
            return  # the kill

    def _complete(self, receiver: ServiceBusReceiver, seconds: int = 5) -> list[ServiceBusReceivedMessage]:
        record = self._record
        messages = receiver.receive_messages(max_message_count=5, max_wait_time=seconds)
        for message in messages:
            message_id = str(message.message_id)
            if message_id in record.completed:
                record.redelivered.add(message_id)
            record.uncertain.add(message_id)
            receiver.complete_message(message)
            record.completed.add(message_id)
            record.uncertain.discard(message_id)
        return messages


async def messages_left(broker: ServiceBusBroker, queue: str) -> list[str | None]:
    if not queue.endswith("sessions"):
        receiver = broker.receiver(queue)
        return [message.message_id for message in await receiver.receive(receiver.active_count())]
    sessions, left = broker.sessions(queue), list[str | None]()
    while sessions.active_count():
        session = await sessions.accept()
        left += [message.message_id for message in await session.receive(sessions.active_count())]
    return left


@pytest.mark.parametrize("queue", ["killed", "killed-sessions"])
async def test_nothing_acknowledged_is_lost_and_nothing_completed_comes_back(tmp_path: Path, queue: str) -> None:
    database = tmp_path / "broker.db"
    chance = random.Random()  # noqa: S311 -- any moment will do
    record = Record()
    for round_number in range(KILLS):
        with broker_process(database) as (connection_string, process):
            load = Load(connection_string, queue, round_number, record)
            load.run(process, kill_after=MESSAGES // KILLS + chance.randint(1, 200))
        del load
    gc.collect()

    survivor = ServiceBusBroker(ENTITIES, database, Clock(), "key")
    await survivor.start()
    left = await messages_left(survivor, queue)
    await survivor.stop()

    acknowledged, completed, uncertain = record.acknowledged, record.completed, record.uncertain
    print(f"{KILLS} kills, {len(acknowledged)} messages acknowledged, {len(completed)} completed, {len(left)} left")
    assert len(acknowledged) >= MESSAGES
    assert len(left) == len(set(left)), "a message is there twice"
    assert not record.redelivered, "a completed message was delivered again"
    assert not record.out_of_order, "a session gave a later message first"
    assert not completed & set(left), "a completed message came back"
    assert acknowledged - completed - uncertain <= set(left), "an acknowledged message is lost"
    assert set(left) <= acknowledged | uncertain, "a message that nobody sent"
