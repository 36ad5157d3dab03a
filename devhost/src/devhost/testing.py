"""A pytest plugin: the fixture `devhost` is a running host for a function app, whose clock can be advanced.

It comes with the package. `devhost_options` are the options of `devhost start`; replace that fixture for others than
`--app .`. A host is shared by the tests of a module; its state is gone after them.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devhost.errors import StartError

if TYPE_CHECKING:
    from azure.servicebus import ServiceBusClient
    from azure.storage.blob import BlobServiceClient

_SECONDS = 120.0  # to start, and for one request: enough for a busy machine
_JSON = {"Content-Type": "application/json"}
_FINISHED = {"Completed", "Failed", "Terminated", "Canceled"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an HTTP request."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


class HostClock:
    """The host's clock."""

    def __init__(self, host: RunningHost) -> None:
        self._host = host

    def advance(self, duration: str) -> None:
        """Move host time forward by a duration such as `72h` or `1h30m`, and run all that becomes due.

        It returns once everything has settled. Raises StartError if something does not end within a minute.
        """
        from devhost.commands.clock import parse_duration  # noqa: PLC0415  (only who advances it loads it)
        from devhost.http_names import ADVANCE_PATH  # noqa: PLC0415  (as above)

        self._host.admin("POST", ADVANCE_PATH, {"seconds": parse_duration(duration)})


@dataclass
class RunningHost:
    """A host that runs. `endpoints` is its endpoints.json: connection strings, addresses, keys."""

    state: Path
    endpoints: dict[str, Any]
    _clients: ExitStack = field(default_factory=ExitStack)

    @property
    def clock(self) -> HostClock:
        return HostClock(self)

    @property
    def log(self) -> str:
        """All that the host and the app have logged."""
        return _log_file(self.state).read_text(errors="replace")

    def request(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send an HTTP request to the app. A body other than bytes is sent as JSON."""
        data, kind = (body, {}) if isinstance(body, bytes) or body is None else (json.dumps(body).encode(), _JSON)
        url = path if path.startswith(self.endpoints["http"]) else self.endpoints["http"] + path
        request = urllib.request.Request(url, data, {**kind, **(headers or {})}, method=method)  # noqa: S310  (our own host)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310  (as above)
                return Answer(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), dict(error.headers))

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, body: object = None) -> Answer:
        return self.request("POST", path, body)

    def instance(self, instance_id: str) -> dict[str, Any]:
        """Return the status of an orchestration as Durable Functions shows it, with its output."""
        return self.request("GET", f"/durabletask/instances/{instance_id}").json()

    def finished(self, instance_id: str) -> dict[str, Any]:
        """Wait until an orchestration has ended, and return its status. Raises TimeoutError."""
        deadline = time.monotonic() + _SECONDS
        while (status := self.instance(instance_id))["runtimeStatus"] not in _FINISHED:
            if time.monotonic() > deadline:
                raise TimeoutError(f"Orchestration {instance_id} is {status['runtimeStatus']} after {_SECONDS:.0f} s.")
            time.sleep(0.02)
        return status

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Send a request to the host itself. Raises StartError with the host's own text."""
        from devhost.commands.host_call import call  # noqa: PLC0415  (only who needs it loads it)

        return call(self.state, method, path, body)

    def blobs(self) -> BlobServiceClient:
        """Return a client for the blobs, which is closed with the host."""
        from azure.storage.blob import BlobServiceClient  # noqa: PLC0415  (as above)

        return self._clients.enter_context(BlobServiceClient.from_connection_string(self.endpoints["storage"]))

    def service_bus(self) -> ServiceBusClient:
        """Return a client for the queues and topics (package azure-servicebus), which is closed with the host."""
        from azure.servicebus import ServiceBusClient  # noqa: PLC0415  (as above)

        return self._clients.enter_context(ServiceBusClient.from_connection_string(self.endpoints["serviceBus"]))

    def close(self) -> None:
        """Close the clients."""
        self._clients.close()


@pytest.fixture(scope="module")
def devhost_options() -> Sequence[str]:
    """Return the options of `devhost start`."""
    return ["--app", "."]


@pytest.fixture(scope="module")
def devhost(devhost_options: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """Yield a host that runs with these options on a state folder of its own."""
    state = tmp_path_factory.mktemp("devhost")
    with _log_file(state).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, "-m", "devhost", "start", "--ports", "auto", "--state", str(state), *devhost_options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        host = RunningHost(state, _endpoints(state, process))
        yield host
        host.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SECONDS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the host has logged since the start of a test that fails."""
    host = getattr(item, "funcargs", {}).get("devhost")
    report: Any = yield
    if isinstance(host, RunningHost):
        key = "_devhost_logged"
        if report.when == "setup":
            setattr(item, key, len(host.log))
        elif report.failed:
            report.sections.append(("log of devhost", host.log[getattr(item, key, 0) :]))
    return report


def _endpoints(state: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until the host is ready. Raises StartError with its log if it ends or takes too long."""
    file, deadline = state / "endpoints.json", time.monotonic() + _SECONDS
    while not file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartError(f"devhost has not started:\n{_log_file(state).read_text(errors='replace')}")
        time.sleep(0.02)
    return json.loads(file.read_text())


def _log_file(state: Path) -> Path:
    return state / "output.log"
