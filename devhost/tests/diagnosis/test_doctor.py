"""`devhost doctor` on a host where several things went wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient


def findings(host) -> tuple[int, dict[str, Any]]:
    """Return the exit code, and the findings by their place."""
    ended = host.command("doctor", "--json")
    return ended.returncode, {finding["where"]: finding for finding in json.loads(ended.stdout)}


@pytest.fixture(scope="module")
def sick(host):
    """Return a host with a poison blob, a dead-lettered message without a listener, and an event given up."""
    healthy = host.command("doctor")
    assert (healthy.returncode, healthy.stdout) == (0, "Nothing is stuck.\n")
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as client:
        client.create_container("documents").upload_blob("bad.bin", b"x")
    with (
        ServiceBusClient.from_connection_string(host.endpoints["serviceBus"]) as client,
        client.get_queue_sender("from-event-grid") as sender,
        client.get_queue_receiver("from-event-grid") as receiver,
    ):
        sender.send_messages([ServiceBusMessage("refused"), ServiceBusMessage("waits")])
        receiver.dead_letter_message(receiver.receive_messages(1, max_wait_time=10)[0], reason="test")
        with client.get_queue_sender("unattended") as sessions:
            sessions.send_messages([ServiceBusMessage(word, session_id=word) for word in "ab"])
    headers = {"aeg-sas-key": host.endpoints["eventGrid"]["key"], "Content-Type": "application/cloudevents+json"}
    lost = {"destination": {"endpointType": "ServiceBusQueue", "entity": "nowhere"}}
    assert host.call("PUT", "/eventgrid/subscriptions/to-nowhere", lost, headers).status == 200
    event = {"specversion": "1.0", "id": "e1", "source": "/s", "type": "t"}
    assert host.call("POST", "/eventgrid/api/events", event, headers).status == 200
    host.advance(1)
    return host


@pytest.mark.parametrize(
    ("where", "severity", "problem"),
    [
        ("storage queue webjobs-blobtrigger-poison", "stuck", "1 blobs were given up"),
        ("Service Bus from-event-grid", "note", "1 messages and no function listens"),
        ("Service Bus unattended", "note", "2 messages and no function listens"),
        ("event subscription to-nowhere", "stuck", "no Service Bus entity 'nowhere'"),
    ],
)
def test_what_went_wrong_is_found_with_its_reason(sick, where: str, severity: str, problem: str) -> None:
    code, found = findings(sick)
    assert (code, found[where]["severity"]) == (1, severity)
    assert problem in found[where]["problem"]


def test_people_read_problem_and_remedy(sick) -> None:
    said = sick.command("doctor").stdout
    assert "stuck Service Bus from-event-grid: 1 dead-lettered messages, no listener" in said
    assert "Receive from from-event-grid/$DeadLetterQueue" in said


def test_a_suspended_orchestration_is_noted(sick) -> None:
    json_body = {"content-type": "application/json"}
    assert sick.call("PUT", "/api/approvals/held", {}, json_body).status == 202
    assert sick.call("POST", "/durabletask/instances/held/suspend", b"", json_body).status == 202
    sick.advance(1)

    assert "1 instances are suspended" in findings(sick)[1]["orchestrator approval"]["problem"]


def test_without_a_host_the_exit_code_says_so(new_host) -> None:
    ended = new_host(None).command("doctor")
    assert (ended.returncode, "No devhost runs on" in ended.stderr) == (1, True)


def test_a_killed_host_is_named_with_what_to_do(new_host) -> None:
    host = new_host(None).start()
    host.kill()
    ended = host.command("doctor")
    host.start()

    assert (ended.returncode, "start it again with this --state" in ended.stderr) == (1, True)
