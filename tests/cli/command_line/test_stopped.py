"""What the commands say if nothing answers at an address of their settings."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.failures import ExitCode
from tests.cli.running import run

REVIEW = "0" * 64
READS = [["list"], ["show", REVIEW], ["fetch", REVIEW], ["verify", REVIEW], ["evidence", REVIEW, "-o", "new.zip"]]
SENDS = [
    ["watch"],
    ["quarantine", "list"],
    ["delegate", "--by", "a@b.c", "--to", "d@e.f", "--from", "2026-01-01", "--until", "2026-01-02"],
]


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port on which nothing listens, and which nobody else gets meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def settings(no_settings: Path, port: int) -> Path:
    account = f"http://127.0.0.1:{port}/a"
    values = {
        "Documents": f"AccountName=a;AccountKey=YQ==;BlobEndpoint={account};TableEndpoint={account}",
        "ServiceBus": f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=n;SharedAccessKey=a;UseDevelopmentEmulator=true",
    }
    file = no_settings / "settings.json"
    file.write_text(json.dumps({"Values": values}))
    return file


@pytest.mark.parametrize(
    ("command", "what"),
    [*((each, "storage") for each in READS), *((each, "Service Bus") for each in SENDS), (["doctor"], "storage")],
)
def test_a_stopped_stack_is_told_in_one_line(settings: Path, port: int, command: list[str], what: str):
    ended = run(*command, "--settings", settings)

    assert (ended.code, ended.out) == (2 if command == ["doctor"] else ExitCode.FAILED, "")
    assert ended.err == (
        f"Error: nothing answers at 127.0.0.1:{port} ({what}): is the stack stopped? `make run` starts it\n"
    )


def test_a_name_that_does_not_exist_is_told(no_settings: Path):
    values = {
        "Documents__blobServiceUri": "https://nobody.invalid",
        "Documents__tableServiceUri": "https://nobody.invalid",
    }
    file = no_settings / "settings.json"
    file.write_text(json.dumps({"Values": values}))

    ended = run("list", "--settings", file)

    assert ended.code == ExitCode.FAILED
    assert ended.err == (
        "Error: nothing answers at nobody.invalid:443 (storage): check the name in the settings, and the network\n"
    )
