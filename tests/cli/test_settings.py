"""Where the command takes its settings from, and what it says of bad ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.failures import ExitCode
from tests.cli.running import run

# A port on which nothing listens; the command gets as far as the first connection.
COMPLETE = {
    "Documents": "AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a;TableEndpoint=http://127.0.0.1:9/a",
    "ServiceBus": "Endpoint=sb://127.0.0.1:9;SharedAccessKeyName=n;SharedAccessKey=a;UseDevelopmentEmulator=true",
    "EventGridTopic__topicEndpointUri": "http://127.0.0.1:9/api/events",
    "EventGridTopic__topicKey": "YQ==",
}


def settings_file(folder: Path, content: object) -> Path:
    file = folder / "settings.json"
    file.write_text(json.dumps(content))
    return file


@pytest.mark.parametrize(
    ("command", "needed"), [("list", "Documents"), ("watch", "ServiceBus"), ("doctor", "Documents")]
)
def test_only_the_settings_that_a_command_uses_are_demanded(no_settings: Path, command: str, needed: str):
    ended = run(command)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert re.findall("- (.*) is missing", ended.err) == [needed]


def test_the_environment_is_enough(no_settings: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    assert "nothing answers at 127.0.0.1:9" in run("list").err


def test_a_settings_file_can_be_named_in_the_environment(no_settings: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMPLIANCE_SETTINGS", str(settings_file(no_settings, {"Values": COMPLETE})))
    assert "nothing answers at 127.0.0.1:9" in run("list").err


def test_local_settings_in_the_folder_are_found(no_settings: Path):
    settings_file(no_settings, {"Values": COMPLETE}).rename("local.settings.json")
    assert "nothing answers at 127.0.0.1:9" in run("list").err


def test_a_named_file_is_not_completed_from_the_environment(no_settings: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("Documents", COMPLETE["Documents"])
    rest = {name: value for name, value in COMPLETE.items() if name != "Documents"}
    ended = run("--settings", settings_file(no_settings, {"Values": rest}), "list")

    assert "Documents is missing" in ended.err
    assert "settings.json" in ended.err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ([], '"Values"'),
        ({"Values": {"Documents": 1}}, "text values only"),
        ({"Values": COMPLETE, "IsEncrypted": True}, "func settings decrypt"),
    ],
)
def test_a_file_that_is_no_settings_file_is_refused(no_settings: Path, content: object, why: str):
    ended = run("--settings", settings_file(no_settings, content), "list")
    assert ended.code == ExitCode.USAGE
    assert why in ended.err


def test_a_file_that_is_not_json_is_refused(no_settings: Path):
    (no_settings / "settings.json").write_text("Documents=x")
    assert "is not JSON" in run("--settings", "settings.json", "list").err


def test_a_missing_file_is_named(no_settings: Path):
    ended = run("--settings", "nowhere.json", "list")
    assert ended.code == ExitCode.USAGE
    assert "nowhere.json cannot be read" in ended.err


def test_keys_are_never_shown(no_settings: Path):
    key = "c2VjcmV0"
    wrong = {**COMPLETE, "ServiceBus": f"SharedAccessKey={key}", "EventGridTopic__topicKey": key}
    ended = run("--verbose", "--settings", settings_file(no_settings, {"Values": wrong}), "watch")

    assert ended.code == ExitCode.USAGE
    assert key not in ended.err + ended.out
