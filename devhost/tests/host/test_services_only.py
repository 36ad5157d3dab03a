"""`devhost start` without an app, and the commands that talk to a running host."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def services(new_host):
    return new_host(None).start()


def test_settings_print_what_other_tools_need(services) -> None:
    printed = json.loads(services.command("settings").stdout)
    assert printed["Values"]["AzureWebJobsStorage"] == services.endpoints["storage"]
    assert printed["Values"]["FUNCTIONS_WORKER_RUNTIME"] == "python"


@pytest.mark.parametrize("name", ["endpoints.json", "local.settings.json", "keys.json"])
def test_files_with_secrets_are_their_owner_s_only(services, name: str) -> None:
    assert (services.state / name).stat().st_mode & 0o777 == 0o600


def test_no_secret_is_printed_or_logged(services) -> None:
    keys = json.loads((services.state / "keys.json").read_text())
    assert len(set(keys.values())) == 6
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
