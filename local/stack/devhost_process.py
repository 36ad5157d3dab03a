"""The app on a devhost of its own, which can be killed and started again on the same state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from local.stack.eventually import PATIENCE, eventually

PROJECT = Path(__file__).resolve().parents[2]
UploadRoute = Literal["trigger", "events", "both"]

_STOP_SECONDS = 30


class HostFailedError(Exception):
    """devhost ended, or refused a request; the text holds its log or its answer."""


@contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Let Ctrl-C wait: within `Popen` it would lose the process that was just started, which nobody could stop then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if came:
            signal.raise_signal(signal.SIGINT)


@dataclass(slots=True)
class DevhostProcess:
    """A state folder and the devhost that runs on it, if it runs; a context manager.

    `settings` replace app settings of `local.settings.example.json`. `webhooks` (URL by name) receive all events of the
    custom topic. `upload_route` is how new blobs in `pending` reach the app: by its blob trigger, by Event Grid's
    BlobCreated events on the submissions queue, as on Azure, or both. If `app` is None, only the services run.
    """

    state: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    webhooks: Mapping[str, str] = field(default_factory=dict)
    upload_route: UploadRoute = "both"
    app: Path | None = PROJECT
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> DevhostProcess:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """Everything that the host and the app have logged so far."""
        return (self.state / "host.log").read_text(errors="replace")

    @property
    def address(self) -> str:
        """The address of the app's HTTP functions."""
        return self._endpoints()["http"]

    def start(self) -> None:
        """Start and wait until everything is ready. Raises HostFailedError, with the log, if the host ends instead."""
        self.state.mkdir(parents=True, exist_ok=True)
        options = ["--state", self.state, "--ports", "auto"]
        if self.app:
            options += ["--app", self.app, "--settings", self._write("settings.json", self._settings())]
            options += ["--auth", PROJECT / "local/people.json"]
        options += ["--event-grid", self._write("eventgrid.json", self._event_grid())]
        options += ["--entities", PROJECT / "local/servicebus.json", "--storage", PROJECT / "local/storage.json"]
        with (self.state / "host.log").open("ab") as log, _interrupt_held_back():
            self._process = subprocess.Popen(  # noqa: S603 our own program and arguments
                [Path(sys.executable).with_name("devhost"), "start", *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        eventually(self._ready, "devhost is ready")

    def kill(self) -> None:
        """End the host as a power cut would (kill -9). Its Azurite stays up, as a storage account would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End the host and the Azurite of a host that was killed."""
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            finally:
                self.kill()
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(json.loads((self.state / "azurite.json").read_text())["pid"], signal.SIGTERM)

    def advance(self, hours: float) -> datetime:
        """Advance the host's clock, run everything that becomes due, and return the new host time.

        Raises HostFailedError if devhost refuses or does not settle.
        """
        endpoints = self._endpoints()
        request = urllib.request.Request(  # noqa: S310 our own host's address
            f"{endpoints['http']}/admin/clock/advance",
            data=json.dumps({"seconds": hours * 3600, "settleWithin": PATIENCE}).encode(),
            headers={"x-functions-key": endpoints["adminKey"]},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 as above
                return datetime.fromisoformat(json.load(answer)["now"])
        except urllib.error.HTTPError as error:
            raise HostFailedError(f"the clock was not advanced: {error.read().decode()}") from error

    def _ready(self) -> bool:
        if self._process and self._process.poll() is not None:
            raise HostFailedError(f"devhost ended with code {self._process.returncode}:\n{self.log}")
        try:
            return (
                bool(self._process) and self._endpoints()["pid"] == self._process.pid
            )  # not the endpoints of a killed host
        except FileNotFoundError:
            return False

    def _endpoints(self) -> dict[str, Any]:
        return json.loads((self.state / "endpoints.json").read_text())

    def _settings(self) -> dict[str, Any]:
        example = json.loads((PROJECT / "local.settings.example.json").read_text())
        disabled = {"AzureWebJobs.on_document_uploaded.Disabled": "true"} if self.upload_route == "events" else {}
        return {**example, "Values": {**example["Values"], **disabled, **self.settings}}

    def _event_grid(self) -> dict[str, Any]:
        config = json.loads((PROJECT / "local/eventgrid.json").read_text())
        subscriptions = config["subscriptions"]
        for name, url in self.webhooks.items():
            subscriptions[name] = {"destination": {"endpointType": "WebHook", "endpointUrl": url}}
        if self.upload_route == "trigger":
            del config["storageContainers"], subscriptions["blob-created"]
        return config

    def _write(self, name: str, content: dict[str, Any]) -> Path:
        file = self.state / name
        file.touch(mode=0o600)
        file.write_text(json.dumps(content, indent=2))
        return file
