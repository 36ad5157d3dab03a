"""The command against a stack of its own, or with no settings at all."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.running import Stack, own_stack
from tests.cli.running import Compliance


@pytest.fixture(scope="session", autouse=True)
def heeding_ctrl_c() -> None:
    """A shell that starts pytest in the background has it, and the commands it runs, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with own_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def compliance(stack: Stack) -> Compliance:
    assert stack.host
    return Compliance(stack.host.state / "local.settings.json")


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder, and none of the app's settings in the environment."""
    for name in ("Documents", "ServiceBus", "EventGridTopic__topicEndpointUri", "COMPLIANCE_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
