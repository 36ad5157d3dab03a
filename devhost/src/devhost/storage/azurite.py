"""Azurite, the storage emulator: found, started, adopted after a crash of devhost, and stopped once it has saved.

Azurite keeps its metadata in memory and writes it every few seconds, so it must outlive a killed devhost: it runs in
its own session, and the next start on the same state folder adopts it. It holds an inherited lock on a file, which
shows reliably whether the recorded process is still alive.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobServiceClient

from devhost.errors import StartError
from devhost.listening import Ports
from devhost.state import write_private
from devhost.storage.azurite_program import find_executable

ACCOUNT = "devstoreaccount1"
SERVICES = ("blob", "queue", "table")
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")
_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02
_MOST_STARTS = 10  # of which others have taken a port meanwhile
_PORT_TAKEN = "EADDRINUSE"  # how Node.js ends


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """The addresses of the emulator and the key that it accepts."""

    key: str
    ports: Mapping[str, int]  # blob, queue, table

    @property
    def connection_string(self) -> str:
        endpoints = "".join(
            f"{service.title()}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for service, port in self.ports.items()
        )
        return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={self.key};{endpoints}"


class Azurite:
    """The emulator of one state folder. `log_file` takes its access log."""

    def __init__(self, state: Path, key: str, ports: Ports) -> None:
        self._folder = state / "azurite"
        self._record = state / "azurite.json"
        self._lock_path = state / "azurite.lock"
        self._key = key
        self._ports = ports
        self._pid = 0
        self._process: subprocess.Popen[bytes] | None = None  # None if it is adopted
        self.log_file = state / "azurite.log"
        self.account = StorageAccount(key, {})

    async def start(self) -> bool:
        """Start Azurite, or adopt the one that a killed devhost left and return True. Raises StartError."""
        adopted = _is_held(self._lock_path)
        ports = await self._adopt() if adopted else {}
        self.account = StorageAccount(self._key, ports or await self._start_on_free_ports())
        await self._check_answers()
        self._write_record()
        return adopted

    async def stop(self) -> None:
        """Stop Azurite and wait until it has saved."""
        if not self._pid or not _is_held(self._lock_path):
            return
        os.kill(self._pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while _is_held(self._lock_path):
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
                raise TimeoutError(f"Azurite did not end within {_STOP_SECONDS:.0f} s and was killed.")
            await asyncio.sleep(_POLL_SECONDS)
        if self._process:
            self._process.wait()
        self._record.unlink(missing_ok=True)

    async def _adopt(self) -> dict[str, int]:
        self._pid, ports = self._read_record()
        return ports or await self._listening_ports()  # devhost was killed before Azurite listened

    async def _start_on_free_ports(self) -> dict[str, int]:
        for _ in range(_MOST_STARTS):
            self._process = self._spawn(self._ports.free(SERVICES))
            if ports := await self._listening_ports():
                return ports
            self._process.wait()
        raise StartError(f"Others took a port from Azurite {_MOST_STARTS} times; see {self.log_file}.")

    def _spawn(self, ports: Mapping[str, int]) -> subprocess.Popen[bytes]:
        command = [find_executable(), "--location", str(self._folder), "--disableTelemetry", "--skipApiVersionCheck"]
        for service, port in ports.items():
            command += [f"--{service}Port", str(port)]
        self.log_file.write_text("")
        with self.log_file.open("ab") as log, self._lock_path.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            process = subprocess.Popen(  # noqa: S603  (our own arguments, no shell)
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{self._key}"},
                pass_fds=(lock.fileno(),),
                start_new_session=True,
            )
        self._pid = process.pid
        self._write_record()
        return process

    def _write_record(self) -> None:
        write_private(self._record, json.dumps({"pid": self._pid, "ports": dict(self.account.ports)}))

    def _read_record(self) -> tuple[int, dict[str, int]]:
        try:
            recorded = json.loads(self._record.read_text())
            return recorded["pid"], recorded["ports"]
        except (OSError, ValueError, KeyError) as error:
            raise StartError(f"An Azurite holds {self._lock_path} but {self._record} is unreadable: end it.") from error

    async def _listening_ports(self) -> dict[str, int]:
        """Wait until it listens. Returns no ports if it ended because one of them is taken. Raises StartError."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            runs = _is_held(self._lock_path)
            log = self.log_file.read_text(errors="replace")
            ports = {service.lower(): int(port) for service, port in _LISTENING.findall(log)}
            if runs and len(ports) == len(SERVICES):
                return ports
            if not runs and _PORT_TAKEN in log:
                return {}
            if not runs:
                raise StartError(f"Azurite ended: {log.strip() or 'its log is empty'}")
            await asyncio.sleep(_POLL_SECONDS)
        os.kill(self._pid, signal.SIGKILL)
        raise StartError(f"Azurite did not start within {_START_SECONDS:.0f} s; see {self.log_file}.")

    async def _check_answers(self) -> None:
        """Raise StartError unless Azurite answers a request signed with this folder's random key."""
        async with BlobServiceClient.from_connection_string(self.account.connection_string, retry_total=2) as client:
            try:
                await client.get_account_information()
            except AzureError as error:
                raise StartError(f"Azurite (pid {self._pid}) does not answer as ours: end it. {error}") from error


def _is_held(lock_path: Path) -> bool:
    """Return whether a process still holds the lock that Azurite inherits."""
    if not lock_path.exists():
        return False
    with lock_path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
