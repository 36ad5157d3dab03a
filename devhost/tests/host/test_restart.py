"""What a restart keeps, after a clean stop and after kill -9."""

from __future__ import annotations

import json
import os

from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.storage.blob import BlobServiceClient


def azurite_pid(host) -> int:
    return json.loads((host.state / "azurite.json").read_text())["pid"]


def upload(host, name: str, container: str = "documents") -> None:
    with BlobServiceClient.from_connection_string(host.endpoints["storage"]) as client:
        documents = client.get_container_client(container)
        if not documents.exists():
            documents.create_container()
        documents.upload_blob(name, b"content", overwrite=True)


def test_a_killed_host_comes_back_with_its_storage_ports_and_keys(own_host) -> None:
    endpoints = own_host.start().endpoints
    upload(own_host, "before.bin")
    own_host.until_seen("on_blob_client", name="before.bin")
    azurite = azurite_pid(own_host)
    own_host.kill()
    os.kill(azurite, 0)  # Azurite lives on: it had not saved yet
    upload(own_host, "between.bin")  # clients go on using it
    own_host.start()
    assert azurite_pid(own_host) == azurite
    assert {**own_host.endpoints, "pid": 0} == {**endpoints, "pid": 0}
    own_host.until_seen("on_blob_client", name="between.bin")
    own_host.advance(1)
    assert len(own_host.seen("on_blob_client", name="before.bin")) == 1


def test_blobs_written_before_a_clean_stop_are_there_after_it_and_fire_once(own_host) -> None:
    own_host.start()
    upload(own_host, "kept.bin")
    own_host.until_seen("on_blob_client", name="kept.bin")
    own_host.advance(1)
    assert own_host.stop() == 0
    assert not (own_host.state / "endpoints.json").exists()
    own_host.start()
    own_host.advance(1)
    with BlobServiceClient.from_connection_string(own_host.endpoints["storage"]) as client:
        assert client.get_blob_client("documents", "kept.bin").download_blob().readall() == b"content"
    assert len(own_host.seen("on_blob_client", name="kept.bin")) == 1


def test_a_message_in_hand_when_the_host_is_killed_is_delivered_again(own_host) -> None:
    own_host.start()
    with (
        ServiceBusClient.from_connection_string(own_host.endpoints["serviceBus"]) as client,
        client.get_queue_sender("orders") as sender,
    ):
        sender.send_messages(ServiceBusMessage("slow 1.5", message_id="cut short"))
    own_host.until_in_flight("on_order")
    own_host.kill()
    own_host.start()
    own_host.until_seen("on_order", id="cut short")


def test_host_time_never_goes_back(own_host) -> None:
    own_host.start().advance(86400)
    own_host.kill()
    own_host.start()
    assert own_host.admin("GET", "/admin/clock").json()["offsetSeconds"] > 86390


def test_a_timer_whose_occurrence_passed_while_stopped_runs_past_due(own_host) -> None:
    own_host.start().advance(1)  # the schedule is written down when it ran, so let it run once
    own_host.advance(86400)
    own_host.until_seen("every_night", past_due=True)
    own_host.stop()
    (own_host.state / "clock").write_text(repr(float((own_host.state / "clock").read_text()) + 86400 * 2))
    own_host.start()
    own_host.advance(0)
    assert len(own_host.seen("every_night", past_due=True)) == 2


def test_a_second_host_on_one_state_folder_refuses_to_start(own_host) -> None:
    own_host.start()
    second = own_host.launch()
    assert second.wait(30) == 1
    assert f"Another devhost (pid {own_host.process.pid})" in own_host.output
    assert own_host.admin("GET", "/admin/clock").status == 200


def test_a_missing_azurite_is_named_with_what_to_install(own_host, tmp_path) -> None:
    own_host.environment["DEVHOST_AZURITE"] = str(tmp_path / "nowhere")
    assert own_host.launch().wait(30) == 1
    assert "npm install azurite" in own_host.output
