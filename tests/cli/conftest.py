"""The command against a stack of its own, or with no settings at all."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.running import Stack, own_stack
from tests.cli.running import Compliance


@pytest.fixture(scope="session", autouse=True)
def heeding_ctrl_c() -> None:
    """Heed Ctrl-C, which pytest and its commands ignore if a shell started them in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def key_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the key set, empty at first, of the class `signed`, which demands proofs. The policies are beside it."""
    folder = tmp_path_factory.mktemp("policies")
    (folder / "policies.yaml").write_text(
        """
        version: "1"
        policies:
          - documentClass: default
          - documentClass: all
            reviewers: [ann@example.org, ben@example.org]
            quorum: all
          - documentClass: led
            reviewers: [cat@example.org]
          - documentClass: board
            reviewers: [gil@example.org]
          - documentClass: hasty
            reviewers: [hal@example.org]
            deadlineHours: 0.0002
            escalation: {afterHours: 0.0001, to: [ida@example.org], extendsDeadlineHours: 24}
          - documentClass: signed
            proof: ownKey
            verificationKeys: keys.json
        """
    )
    (folder / "keys.json").write_text('{"keys": []}')
    return folder / "keys.json"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, key_set: Path) -> Iterator[Stack]:
    policies = {"POLICY_FILE": str(key_set.with_name("policies.yaml"))}
    with own_stack(tmp_path_factory.mktemp("stack"), policies) as stack:
        yield stack


@pytest.fixture
def compliance(stack: Stack) -> Compliance:
    assert stack.host
    return Compliance(stack.host.state / "local.settings.json")


@pytest.fixture
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in an empty folder, which is returned, with none of the app's settings in the environment."""
    for name in ("Documents", "ServiceBus", "EventGridTopic__topicEndpointUri", "COMPLIANCE_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
