"""What survives a restart, after kill -9 and after a clean stop."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient


def upload(host, name: str) -> None:
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as client:
        documents = client.get_container_client("documents")
        if not documents.exists():
            documents.create_container()
        documents.upload_blob(name, b"content", overwrite=True)


def send_order(host, body: str, message_id: str) -> None:
    with (
        ServiceBusClient.from_connection_string(host.endpoints["serviceBus"]) as client,
        client.get_queue_sender("orders") as sender,
    ):
        sender.send_messages(ServiceBusMessage(body, message_id=message_id))


@dataclass(frozen=True)
class Before:
    """What was true before the host was killed."""

    endpoints: dict[str, Any]
    azurite: int


@pytest.fixture(scope="module")
def killed(new_host) -> tuple[Any, Before]:
    """Return a host that was killed with a handled blob, a message in hand and an advanced clock, and restarted."""
    host = new_host()
    host.start()
    upload(host, "before.bin")
    host.advance(86400)
    before = Before(host.endpoints, azurite_pid(host))
    send_order(host, "slow 1.5", "cut short")
    host.until_in_flight("on_order")
    host.kill()
    os.kill(before.azurite, 0)  # Azurite stays alive, because it may not have saved yet
    upload(host, "between.bin")  # and clients still use it
    host.start()
    host.until_seen("on_blob_client", name="between.bin")
    return host, before


def azurite_pid(host) -> int:
    return json.loads((host.state / "azurite.json").read_text())["pid"]


def test_a_killed_host_takes_its_azurite_over(killed) -> None:
    host, before = killed
    assert azurite_pid(host) == before.azurite


def test_a_killed_host_comes_back_on_its_ports_with_its_keys(killed) -> None:
    host, before = killed
    assert {**host.endpoints, "pid": 0} == {**before.endpoints, "pid": 0}


def test_a_blob_dealt_with_before_a_kill_does_not_fire_again(killed) -> None:
    host, _ = killed
    host.advance(0)
    assert len(host.seen("on_blob_client", name="before.bin")) == 1


def test_a_message_in_hand_at_a_kill_is_delivered_again(killed) -> None:
    host, _ = killed
    host.until_seen("on_order", id="cut short")


def test_host_time_does_not_go_back(killed) -> None:
    host, _ = killed
    assert host.admin("GET", "/admin/clock").json()["offsetSeconds"] > 86390


@pytest.fixture(scope="module")
def stopped(new_host) -> Any:
    """Return a host that was stopped cleanly with a handled blob, and restarted two days of host time later."""
    host = new_host()
    host.start()
    upload(host, "kept.bin")
    host.advance(86400)  # the nightly timer runs once, past due
    assert host.stop() == 0
    assert not (host.state / "endpoints.json").exists()
    clock = host.state / "clock"
    clock.write_text(repr(float(clock.read_text()) + 2 * 86400))
    host.start().advance(0)
    return host


def test_blobs_survive_a_clean_stop_and_do_not_fire_again(stopped) -> None:
    with BlobServiceClient.from_connection_string(stopped.endpoints["storage"]) as client:
        assert client.get_blob_client("documents", "kept.bin").download_blob().readall() == b"content"
    assert len(stopped.seen("on_blob_client", name="kept.bin")) == 1


def test_a_timer_whose_occurrences_passed_while_stopped_runs_once_past_due(stopped) -> None:
    assert [run["past_due"] for run in stopped.seen("every_night")] == [True, True]


def test_a_second_host_on_one_state_folder_refuses_to_start(stopped) -> None:
    second = stopped.launch()
    assert second.wait(120) == 1
    assert f"Another devhost (pid {stopped.process.pid})" in stopped.output
    assert stopped.admin("GET", "/admin/clock").status == 200


def test_a_missing_azurite_is_named_with_what_to_install(new_host, tmp_path) -> None:
    host = new_host()
    host.environment["DEVHOST_AZURITE"] = str(tmp_path / "nowhere")
    assert host.launch().wait(120) == 1
    assert "npm install azurite" in host.output


def test_a_missing_node_is_named_with_what_to_install(new_host, tmp_path) -> None:
    host = new_host()
    host.environment["PATH"] = str(tmp_path)
    assert host.launch().wait(120) == 1
    assert "Node.js is not on the PATH" in host.output


def test_a_hub_file_of_something_else_is_refused_and_everything_is_stopped_again(new_host) -> None:
    host = new_host()
    database = sqlite3.connect(host.state / "durable.db")
    database.executescript("CREATE TABLE anything (x); PRAGMA user_version = 99")
    database.close()

    assert host.launch().wait(120) == 1
    assert "was written by a newer devhost" in host.output
    assert "use that devhost, or another --state" in host.output
    assert "Traceback" not in host.output
    assert not (host.state / "azurite.json").exists()  # removed once Azurite has ended
