"""`devhost start` without an app, and the commands that talk to a running host."""

from __future__ import annotations

import json

import pytest
from azure.servicebus import ServiceBusClient
from azure.servicebus.exceptions import MessagingEntityNotFoundError
from azure.storage.blob import BlobServiceClient

from devhost.listening import USUAL_PORTS, Ports

WANTED = Ports({}, automatic=True).free(USUAL_PORTS)


@pytest.fixture(scope="module")
def two_at_once(new_host):
    """Return two hosts that were started at the same time and had the same ports the last time."""
    hosts = [new_host(None), new_host(None)]
    for host in hosts:
        (host.state / "ports.json").write_text(json.dumps(WANTED))
        host.process = host.launch()
    for host in hosts:
        host.wait_until_ready()
    return hosts


@pytest.fixture(scope="module")
def services(two_at_once):
    return two_at_once[0]


def test_two_that_start_at_once_share_no_port(two_at_once) -> None:
    taken = [port for host in two_at_once for port in json.loads((host.state / "ports.json").read_text()).values()]
    assert len(set(taken)) == len(taken)
    assert set(WANTED.values()) <= set(taken)
    assert "Traceback" not in "".join(host.output for host in two_at_once)


def test_settings_print_what_other_tools_need(services) -> None:
    printed = json.loads(services.command("settings").stdout)
    assert printed["Values"]["AzureWebJobsStorage"] == services.endpoints["storage"]
    assert printed["Values"]["AzureWebJobsServiceBus"] == services.endpoints["serviceBus"]
    assert printed["Values"]["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert f":{printed['Host']['LocalHttpPort']}" not in services.endpoints["http"]


def test_settings_fill_an_app_s_own_file_for_core_tools(services, tmp_path) -> None:
    values = {"Bus": "$DEVHOST_SERVICE_BUS", "AzureWebJobsStorage": "UseDevelopmentStorage=true", "Other": "kept"}
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"IsEncrypted": False, "Values": values, "Host": {"CORS": "*"}}))
    printed = json.loads(services.command("settings", "--settings", str(file)).stdout)

    assert printed["IsEncrypted"] is False
    assert set(printed["Host"]) == {"CORS", "LocalHttpPort"}
    assert (printed["Values"]["Bus"], printed["Values"]["Other"]) == (services.endpoints["serviceBus"], "kept")
    assert printed["Values"]["AzureWebJobsStorage"] == services.endpoints["storage"]


def test_the_printed_settings_open_the_services(services) -> None:
    values = json.loads(services.command("settings").stdout)["Values"]
    with BlobServiceClient.from_connection_string(values["AzureWebJobsStorage"]) as blobs:
        assert blobs.get_account_information()
    with (
        ServiceBusClient.from_connection_string(values["AzureWebJobsServiceBus"]) as bus,
        pytest.raises(MessagingEntityNotFoundError),  # the key was accepted: else it would be an authentication error
        bus.get_queue_sender("none"),
    ):
        pytest.fail("there is no such queue")


@pytest.mark.parametrize("name", ["endpoints.json", "local.settings.json", "keys.json"])
def test_files_with_secrets_are_their_owner_s_only(services, name: str) -> None:
    assert (services.state / name).stat().st_mode & 0o777 == 0o600


def test_no_secret_is_printed_or_logged(services) -> None:
    keys = json.loads((services.state / "keys.json").read_text())
    assert len(set(keys.values())) == 7
    said = services.output + (services.state / "azurite.log").read_text()
    assert [name for name, key in keys.items() if key in said] == []


def test_the_clock_is_advanced_and_shown_from_the_command_line(services) -> None:
    advanced = services.command("clock", "advance", "1h30m")
    assert (advanced.returncode, "5,400 s ahead" in advanced.stdout) == (0, True)
    assert "5,400 s ahead" in services.command("clock", "show").stdout


def test_status_says_what_runs(services) -> None:
    answer = json.loads(services.command("status", "--json").stdout)
    assert (answer["functions"], answer["inFlight"]) == ({}, None)


def test_a_command_without_a_running_host_says_so(new_host) -> None:
    failed = new_host(None).command("status")
    assert (failed.returncode, "No devhost runs on" in failed.stderr) == (1, True)
