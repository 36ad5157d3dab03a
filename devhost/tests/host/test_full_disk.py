"""A disk that fills up under a running host: it accepts nothing more, gives the reason, and loses nothing accepted.

The disk is full only for this process: its files cannot grow (RLIMIT_FSIZE).
"""

from __future__ import annotations

import itertools
import json
import resource
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusError

ROOM = 300_000  # bytes until it is full
BODY = "x" * 50_000

# The SDK leaves the sockets of a broken connection to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def fill_disk(host) -> None:
    largest = max(file.stat().st_size for file in host.state.iterdir() if file.is_file())
    resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (largest + ROOM, resource.RLIM_INFINITY))


def start_instance(host, name: str) -> Any:
    body, headers = json.dumps(BODY).encode(), {"Content-Type": "application/json"}
    return host.call("POST", f"/durabletask/orchestrators/approval/{name}", body, headers)


def publish(host, name: str) -> Any:
    event = {
        "specversion": "1.0",
        "id": name,
        "source": "/s",
        "type": "order.paid.v1",
        "subject": "orders/1",
        "data": BODY,
    }
    headers = {"aeg-sas-key": host.endpoints["eventGrid"]["key"], "Content-Type": "application/cloudevents+json"}
    return host.call("POST", "/eventgrid/api/events", event, headers)


def send_until_refused(host) -> list[str]:
    """Send messages until one is refused, and return the acknowledged ids."""
    sent = []
    with (
        ServiceBusClient.from_connection_string(host.endpoints["serviceBus"], retry_total=0) as client,
        pytest.raises(ServiceBusError),
        client.get_queue_sender("from-event-grid") as sender,
    ):
        for number in itertools.count():
            sender.send_messages(ServiceBusMessage(BODY, message_id=str(number)))
            sent.append(str(number))
    return sent


def until_refused(answers: Any) -> tuple[list[str], Any]:
    """Return the names that were accepted, and the first answer that is a refusal."""
    accepted = []
    for name, answer in answers:
        if answer.status >= 300:
            return accepted, answer
        accepted.append(name)
    raise AssertionError("it was accepted without end")


def test_a_full_disk_is_said_and_costs_nothing_that_was_accepted(new_host) -> None:
    host = new_host().start()
    fill_disk(host)

    messages = send_until_refused(host)
    events, refusal = until_refused((name, publish(host, name)) for name in map("event-{}".format, range(1000)))
    assert (refusal.status, "cannot be stored" in refusal.json()["error"]["message"]) == (503, True)
    instances, refusal = until_refused((name, start_instance(host, name)) for name in map("i-{}".format, range(1000)))
    assert (refusal.status, "could not be written" in refusal.json()["Message"]) == (503, True)

    told = host.command("doctor", "--json")
    stuck = {finding["where"] for finding in json.loads(told.stdout) if finding["severity"] == "stuck"}
    assert (told.returncode, {"task hub", "Service Bus"} <= stuck) == (1, True), told
    assert events and instances and messages
    host.kill()
    host.start()

    for name in instances:
        assert host.call("GET", f"/durabletask/instances/{name}").status == 202
    topic_key = {"aeg-sas-key": host.endpoints["eventGrid"]["key"]}
    deliveries = host.call("GET", "/eventgrid/deliveries?most=1000", headers=topic_key).json()
    assert set(events) <= {delivery["id"] for delivery in deliveries}
    kept: set[str | None] = set()
    with (
        ServiceBusClient.from_connection_string(host.endpoints["serviceBus"]) as client,
        client.get_queue_receiver("from-event-grid") as receiver,
    ):
        while not set(messages) <= kept:
            received = receiver.receive_messages(50, max_wait_time=10)
            assert received, f"lost: {sorted(set(messages) - kept)}"
            for message in received:
                kept.add(message.message_id)
                receiver.complete_message(message)
