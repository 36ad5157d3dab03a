"""Background tasks whose failures are logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger("devhost")


def supervise(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Run `work` as a task and log what it raises. The caller must keep the task."""
    task = asyncio.create_task(work)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("%s stopped unexpectedly", task.get_coro(), exc_info=error)
