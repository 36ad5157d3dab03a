"""`devhost start` in a process of its own, with the real SDKs as its clients."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

APPS = Path(__file__).parent / "apps"
DEVHOST = (sys.executable, "-m", "devhost")
DEADLINE = 120.0  # seconds: enough for a busy machine


def eventually(found: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """Return the first truthy result of `found`; fail with `what` after the deadline."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        if time.monotonic() > deadline:
            pytest.fail(f"did not happen within {seconds:.0f} s: {what}")
        time.sleep(0.01)
    return answer


@dataclass
class HostProcess:
    """One state folder and the devhost that runs on it."""

    state: Path
    app: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    endpoints: dict[str, Any] = field(default_factory=dict)

    def start(self) -> HostProcess:
        self.process = self.launch()
        self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        eventually(self._is_ready, "devhost is ready")

    def launch(self) -> subprocess.Popen[str]:
        """Start it without waiting."""
        command = [*DEVHOST, "start", "--ports", "auto", "--state", str(self.state), *self.options]
        if self.app:
            command += ["--app", str(self.app)]
            for option, name in (("settings", "settings"), ("entities", "entities"), ("event-grid", "event_grid")):
                if (self.app / f"{name}.json").exists():
                    command += [f"--{option}", str(self.app / f"{name}.json")]
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "output.log").open("a") as output:
            environment = {**os.environ, "SEEN": str(self.seen_file), **self.environment}
            return subprocess.Popen(command, stdout=output, stderr=output, text=True, env=environment)  # noqa: S603

    def until_made(self, name: str) -> None:
        """Wait for a file in the state folder."""
        eventually((self.state / name).exists, f"{name} is made")

    def until_logged(self, text: str) -> None:
        """Wait for a line of the host's output."""
        eventually(lambda: text in self.output, f"{text} is logged")

    def _is_ready(self) -> bool:
        assert self.process
        if self.process.poll() is not None:
            pytest.fail(f"devhost ended:\n{self.output}")
        file = self.state / "endpoints.json"
        if not file.exists():
            return False
        self.endpoints = json.loads(file.read_text())
        return self.endpoints["pid"] == self.process.pid

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stop cleanly and return the exit code."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another `devhost` command on this state folder."""
        command = [*DEVHOST, *words, "--state", str(self.state)]
        return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)  # noqa: S603

    def follow(self, *words: str) -> subprocess.Popen[str]:
        """Run a command that continues until it is interrupted. Its output can be read line by line."""
        command = [*DEVHOST, *words, "--state", str(self.state)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603

    @property
    def output(self) -> str:
        return (self.state / "output.log").read_text()

    def storage_requests(self) -> list[str]:
        """Return all requests that Azurite has answered, from its access log."""
        return (self.state / "azurite.log").read_text().splitlines()

    @property
    def seen_file(self) -> Path:
        return self.state / "seen.jsonl"

    def seen(self, function: str, **values: object) -> list[dict[str, Any]]:
        """Return what `function` of the app has recorded with these values."""
        lines = self.seen_file.read_text().splitlines() if self.seen_file.exists() else []
        told = [json.loads(line) for line in lines]
        wanted = {"function": function, **values}.items()
        return [entry for entry in told if wanted <= {k: v for k, v in entry.items() if k in dict(wanted)}.items()]

    def until_seen(self, function: str, **values: object) -> dict[str, Any]:
        return eventually(lambda: self.seen(function, **values), f"{function} tells {values}")[0]

    def until_in_flight(self, what: str) -> None:
        def busy() -> bool:
            return what in (self.admin("GET", "/admin/status").json()["inFlight"] or "")

        eventually(busy, f"{what} is in flight")

    def call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Answer:
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  (the host under test)
            self.endpoints["http"] + path, method=method, data=data, headers=headers or {}
        )
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310  (as above)
                return Answer(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), dict(error.headers))

    def admin(self, method: str, path: str, body: object = None) -> Answer:
        return self.call(method, path, body, {"x-functions-key": self.endpoints["adminKey"]})

    def advance(self, seconds: float) -> None:
        answer = self.admin("POST", "/admin/clock/advance", {"seconds": seconds})
        assert answer.status == 200, answer.body


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="module")
def new_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., HostProcess]]:
    """Yield a function that makes a host, with an app or without, on a state folder of its own, not started yet."""
    made: list[HostProcess] = []

    def make(app: str | None = "every_trigger") -> HostProcess:
        made.append(HostProcess(tmp_path_factory.mktemp("host"), APPS / app if app else None))
        return made[-1]

    yield make
    failed = [host for host in made if host.process and host.stop() != 0]
    assert failed == [], [host.output for host in failed]


@pytest.fixture(scope="module")
def host(new_host: Callable[..., HostProcess]) -> HostProcess:
    """Return a running host, shared by the tests of a module."""
    return new_host().start()
