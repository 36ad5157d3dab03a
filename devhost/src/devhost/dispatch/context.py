"""The object that a `context` parameter gets, and the function and instance that log lines name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure.functions as func

running_function: ContextVar[str] = ContextVar("running_function", default="")
"""Name of the function whose code runs now, for the log."""


def _no_instance() -> str:
    return ""


running_instance: ContextVar[Callable[[], str]] = ContextVar("running_instance", default=_no_instance)
"""Returns the id of the orchestration instance whose code runs now, "" if there is none. Called only for log lines,
because an orchestrator's id is inside its history."""

_thread_local = threading.local()


@dataclass(frozen=True, slots=True)
class _TraceContext:
    trace_parent: str = ""
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _RetryContext:
    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


class Context(func.Context):
    """The worker's context object; its class must be called Context."""

    def __init__(self, name: str, directory: Path, invocation_id: str) -> None:
        self._name, self._directory, self._invocation_id = name, directory, invocation_id

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        _thread_local.invocation_id = self._invocation_id
        return _thread_local

    @property
    def function_name(self) -> str:
        return self._name

    @property
    def function_directory(self) -> str:
        return str(self._directory)

    @property
    def trace_context(self) -> Any:
        return _TraceContext()

    @property
    def retry_context(self) -> Any:
        return _RetryContext()
