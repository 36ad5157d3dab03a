"""What a message costs the Service Bus broker and the blocking SDK that is its client.

Run it with `python devhost/bench/broker.py`: about 15 seconds on two quiet cores.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiver, ServiceBusSender

from figures import report

_BODY = b"x" * 256
_MESSAGES, _BATCHED, _BATCH_SIZE = 2_000, 10_000, 100
_RUNS = 3
_HOW = f"median of {_RUNS} runs, 256-byte bodies made beforehand, one connection, broker in its own process and on disk"


def main() -> None:
    """Measure sending one by one and in batches, receiving and completing without and with prefetch."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _process(Path(folder) / "broker.db") as (process, connection_string),
        ServiceBusClient.from_connection_string(connection_string) as client,
    ):
        with client.get_queue_sender("bench") as sender:
            sender.send_messages(ServiceBusMessage(_BODY))  # the connection is open
            _measure_sending("sent one by one", process, sender, _MESSAGES, 1)
            _measure_sending("sent in batches of 100", process, sender, _BATCHED, _BATCH_SIZE)
        _measure_receiving("received and completed, no prefetch", process, client, 0)
        _measure_receiving("received and completed, prefetch 300", process, client, 300)


def _measure_sending(what: str, process: psutil.Process, sender: ServiceBusSender, messages: int, at_once: int) -> None:
    prepared = iter([[ServiceBusMessage(_BODY) for _ in range(messages)] for _ in range(_RUNS)])
    _measure(what, process, messages, lambda: _send(sender, next(prepared), at_once))


def _measure_receiving(what: str, process: psutil.Process, client: ServiceBusClient, prefetch: int) -> None:
    with client.get_queue_receiver("bench", prefetch_count=prefetch) as receiver:
        _receive(receiver, 1)
        _measure(what, process, _MESSAGES, lambda: _receive(receiver, _MESSAGES))


def _measure(what: str, process: psutil.Process, messages: int, run: Callable[[], None]) -> None:
    """Report messages a second, and the processor time that each takes in the broker and in the client."""
    rates: list[float] = []
    costs: list[float] = []
    client_costs: list[float] = []
    for _ in range(_RUNS):
        cpu, client_cpu, began = _cpu_seconds(process), time.process_time(), time.perf_counter()
        run()
        rates.append(messages / (time.perf_counter() - began))
        costs.append((_cpu_seconds(process) - cpu) / messages * 1e6)
        client_costs.append((time.process_time() - client_cpu) / messages * 1e6)
    report(f"messages {what}", statistics.median(rates), "1/s", _HOW)
    report(f"broker's CPU for a message {what}", statistics.median(costs), "µs", _HOW)
    report(f"SDK's CPU for a message {what}", statistics.median(client_costs), "µs", _HOW)


def _send(sender: ServiceBusSender, messages: Sequence[ServiceBusMessage], at_once: int) -> None:
    for first in range(0, len(messages), at_once):
        batch = list(messages[first : first + at_once])
        sender.send_messages(batch if at_once > 1 else batch[0])


def _receive(receiver: ServiceBusReceiver, messages: int) -> None:
    left = messages
    while left:
        for message in receiver.receive_messages(max_message_count=min(left, 100), max_wait_time=5):
            receiver.complete_message(message)
            left -= 1


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


@contextmanager
def _process(database: Path) -> Iterator[tuple[psutil.Process, str]]:
    command = [sys.executable, str(Path(__file__).with_name("broker_host.py")), str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout  # noqa: S101 - it is a pipe
            yield psutil.Process(process.pid), process.stdout.readline().strip()
        finally:
            process.kill()


if __name__ == "__main__":
    main()
