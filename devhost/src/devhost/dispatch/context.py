"""The object that a `context` parameter gets, and the function and instance that log lines name."""

from __future__ import annotations

import re
import secrets
import threading
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum

from devhost.app.functions import Function

running_function: ContextVar[str] = ContextVar("running_function", default="")
"""Name of the function whose code runs now, for the log."""

running_instance: ContextVar[str] = ContextVar("running_instance", default="")
"""Id of the orchestration instance whose code runs now, "" if there is none, for the log."""

_thread_local = threading.local()


_TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})")  # https://www.w3.org/TR/trace-context


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The trace of an invocation, under the names of the SDK and of the worker."""

    trace_parent: str
    trace_state: str
    attributes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, headers: Mapping[str, Datum]) -> TraceContext:
        """Return a span in the trace that HTTP headers name, in a new trace if they name none."""
        caller = _TRACE_PARENT.fullmatch(headers["traceparent"].value) if "traceparent" in headers else None
        trace, flags = caller.groups() if caller else (secrets.token_hex(16), "00")
        state = headers["tracestate"].value if caller and "tracestate" in headers else ""
        return cls(f"00-{trace}-{secrets.token_hex(8)}-{flags}", state)

    @property
    def Traceparent(self) -> str:  # noqa: N802  (the worker's name, as the next ones)
        return self.trace_parent

    @property
    def Tracestate(self) -> str:  # noqa: N802
        return self.trace_state

    @property
    def Attributes(self) -> dict[str, str]:  # noqa: N802
        return self.attributes


@dataclass(frozen=True, slots=True)
class RetryContext:
    """Which retry by a policy a run is, from 0 for none, under the worker's names."""

    max_retry_count: int = 0
    retry_count: int = 0
    exception: Exception | None = None


_NO_RETRY = RetryContext()
running_retry: ContextVar[RetryContext] = ContextVar("running_retry", default=_NO_RETRY)
"""The retry that runs now."""


class Context(func.Context):
    """The worker's context object; its class must be called Context."""

    def __init__(self, function: Function, trace: TraceContext) -> None:
        self._function, self._trace, self._retry = function, trace, running_retry.get()
        self._invocation_id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> Any:
        _thread_local.invocation_id = self._invocation_id
        return _thread_local

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return str(self._function.directory)

    @property
    def trace_context(self) -> Any:
        return self._trace

    @property
    def retry_context(self) -> Any:
        return self._retry
