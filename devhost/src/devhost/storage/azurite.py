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
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobServiceClient

from devhost.errors import StartError
from devhost.state import write_private

ACCOUNT = "devstoreaccount1"
_LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at http://127\.0\.0\.1:(\d+)")
_NODE = "install Node.js 18 or newer from https://nodejs.org/en/download, or put it on the PATH"
_INSTALL = "run `npm install azurite@3` here (it needs Node.js 18 or newer), or set DEVHOST_AZURITE to its program"
_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


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
    """The emulator of one state folder. `ports` may hold 0 for any free one. `log_file` takes its access log."""

    def __init__(self, state: Path, key: str, ports: Mapping[str, int]) -> None:
        self._folder = state / "azurite"
        self._record = state / "azurite.json"
        self._lock_path = state / "azurite.lock"
        self._key = key
        self._ports = ports
        self._pid = 0
        self.log_file = state / "azurite.log"
        self.account = StorageAccount(key, {})

    async def start(self) -> bool:
        """Start Azurite, or adopt the one that a killed devhost left and return True. Raises StartError."""
        adopted = _is_held(self._lock_path)
        process = None if adopted else self._spawn()
        self._pid, ports = self._read_record() if process is None else (process.pid, {})
        self.account = StorageAccount(self._key, ports or await self._listening_ports(process))
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
        self._record.unlink(missing_ok=True)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [find_executable(), "--location", str(self._folder), "--disableTelemetry", "--skipApiVersionCheck"]
        for service, port in self._ports.items():
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

    async def _listening_ports(self, process: subprocess.Popen[bytes] | None) -> dict[str, int]:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            log = self.log_file.read_text(errors="replace")
            ports = {service.lower(): int(port) for service, port in _LISTENING.findall(log)}
            if len(ports) == len(self._ports):
                return ports
            if process and process.poll() is not None:
                raise StartError(f"Azurite ended with code {process.returncode}: {log.strip() or 'its log is empty'}")
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


def find_executable() -> str:
    """Return Azurite's program, installed in one of the usual places.

    That is $DEVHOST_AZURITE, else in `node_modules` of this folder or a parent, or of devhost's own folder or a parent,
    else on the PATH. Raises StartError.
    """
    if configured := os.environ.get("DEVHOST_AZURITE"):
        if not Path(configured).is_file():
            raise StartError(f"$DEVHOST_AZURITE names {configured}, which does not exist: {_INSTALL}.")
        return configured
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            candidate = folder / "node_modules" / ".bin" / "azurite"
            if candidate.exists():
                if shutil.which("node") is None:
                    raise StartError(
                        f"Node.js is not on the PATH, and Azurite, the storage emulator, runs on it: {_NODE}."
                    )
                return str(candidate)
    if found := shutil.which("azurite"):
        return found
    raise StartError(f"Azurite, the storage emulator, is missing: {_INSTALL}.")


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
