"""Notification of a growing file, without polling if the system supports it (Linux inotify)."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

_IN_MODIFY = 0x2  # <sys/inotify.h>
_POLL_SECONDS = 0.1


class FileChanges:
    """A watch on `file`: calls `changed` on the event loop after each change, sometimes once for several."""

    def __init__(self, file: Path, changed: Callable[[], None]) -> None:
        self._file = file
        self._changed = changed
        self._descriptor = -1
        self._timer: asyncio.TimerHandle | None = None
        self._size = -1

    def start(self) -> None:
        if sys.platform == "linux":
            self._start_inotify()
        else:
            self._poll()

    def stop(self) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
        if self._timer:
            self._timer.cancel()

    def _start_inotify(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        watch = libc.inotify_add_watch(self._descriptor, os.fsencode(self._file), _IN_MODIFY)
        if self._descriptor < 0 or watch < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {self._file}: {os.strerror(ctypes.get_errno())}")
        asyncio.get_running_loop().add_reader(self._descriptor, self._on_inotify)

    def _on_inotify(self) -> None:
        os.read(self._descriptor, 65536)
        self._changed()

    def _poll(self) -> None:
        size = self._file.stat().st_size
        if size != self._size:
            self._size = size
            self._changed()
        self._timer = asyncio.get_running_loop().call_later(_POLL_SECONDS, self._poll)
