"""One companion that runs.

It holds an inherited lock on a file with its process id, so that the next start ends one that a killed devhost left.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp

from devhost.companions.file import Companion
from devhost.errors import StartError
from devhost.supervision import supervise

_log = logging.getLogger("devhost.companions")

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LAST_LINES = 10


class Program:
    """A companion of one state folder (ports.Service). Its output is in `log_file`."""

    def __init__(self, name: str, companion: Companion, folder: Path, state: Path) -> None:
        self.name = name
        self._companion = companion
        self._folder = folder  # its working directory
        self._lock_path = state / f"companion-{name}.lock"
        self.log_file = state / f"companion-{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.failure: str | None = None

    async def start(self) -> None:
        """Start it and wait until it answers. Raises StartError with the end of its log."""
        await self._end_left_one()
        if await self._answers():
            raise StartError(f"Companion {self.name}: somebody answers at {self._companion.health} already: stop that.")
        self._process = self._spawn()
        deadline = time.monotonic() + _START_SECONDS
        while not await self._answers():
            if self._process.poll() is not None:
                raise StartError(
                    f"Companion {self.name} ended with exit code {self._process.returncode}: {self._log()}"
                )
            if time.monotonic() > deadline:
                raise StartError(
                    f"Companion {self.name} did not answer at {self._companion.health} within {_START_SECONDS:.0f} s: "
                    f"{self._log()}"
                )
            await asyncio.sleep(_POLL_SECONDS)
        self._watch = supervise(self._report_end(self._process))

    async def stop(self) -> None:
        """End it and what it has started; kill them if they do not end."""
        if self._watch:
            self._watch.cancel()
        if self._process:
            await self._end(self._process.pid)
            self._process.wait()

    def in_flight(self) -> None:
        """Return None: nothing in it holds up the clock."""

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment: Mapping[str, str] = {**os.environ, **self._companion.environment}
        with self.log_file.open("wb") as log, self._lock_path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                process = subprocess.Popen(  # noqa: S603  (the user's own program, no shell)
                    self._companion.command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                    env=environment,
                    pass_fds=(lock.fileno(),),
                    start_new_session=True,
                )
            except OSError as error:
                raise StartError(
                    f"Companion {self.name}: cannot run {self._companion.command[0]}: {error.strerror}."
                ) from error
            lock.write(str(process.pid))
        return process

    async def _end_left_one(self) -> None:
        if self._is_held() and (pid := self._lock_path.read_text()).isdecimal():
            await self._end(int(pid))

    async def _end(self, pid: int) -> None:
        """End a process group: everything that holds the lock."""
        for number, seconds in ((signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS)):
            with suppress(ProcessLookupError):
                os.killpg(pid, number)
            deadline = time.monotonic() + seconds
            while self._is_held():
                if time.monotonic() > deadline:
                    break
                await asyncio.sleep(_POLL_SECONDS)
            else:
                return
        _log.error("Companion %s (process group %s) does not end", self.name, pid)

    def _is_held(self) -> bool:
        if not self._lock_path.exists():
            return False
        with self._lock_path.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    async def _answers(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as client,
                client.get(self._companion.health, allow_redirects=False) as answer,
            ):
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _report_end(self, process: subprocess.Popen[bytes]) -> None:
        await asyncio.to_thread(process.wait)
        self.failure = f"has ended with exit code {process.returncode}: {self._log()}"
        _log.error("Companion %s %s", self.name, self.failure)

    def _log(self) -> str:
        lines = self.log_file.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n".join(lines) or "its log is empty"
