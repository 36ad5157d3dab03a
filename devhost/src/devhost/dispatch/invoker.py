"""Invoke functions: decode the trigger with the SDK's converter, call the handler, encode what it returns."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import azure.functions as func
from azure.functions.meta import Datum
from azurefunctions.extensions.base import get_binding_registry as get_sdk_type_registry

from devhost.app.checks import is_sdk_type
from devhost.app.functions import CONTEXT, RETURN, Binding, Function
from devhost.dispatch.context import Context, TraceContext, running_function
from devhost.dispatch.worker import Worker

_log = logging.getLogger("devhost.function")


class _Out(func.Out[Any]):
    """The value of an output parameter."""

    _value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


class FunctionTimeoutError(Exception):
    """A function ran longer than host.json's functionTimeout."""


class Invoker:
    """The functions that run on the worker.

    `inputs` has the content of a non-trigger input binding by its type. `timeout` is in seconds, None for no limit.
    """

    def __init__(self, worker: Worker, timeout: float | None, inputs: Mapping[str, Callable[[], str]]) -> None:
        self._worker = worker
        self._timeout = timeout
        self._inputs = inputs
        self._running: dict[int, tuple[str, float]] = {}
        self.invocations = 0

    def running(self) -> str | None:
        """Return the names of the functions that run now, for people; None if no function runs."""
        return ", ".join(sorted({name for name, _ in self._running.values()})) or None

    def running_since(self) -> list[tuple[str, float]]:
        """Return the functions that run now, with the time.monotonic() at which each began."""
        return list(self._running.values())

    async def invoke(self, function: Function, data: Datum, metadata: Mapping[str, Datum]) -> Datum | None:
        """Run the function and log it. Raises what the handler or a converter raises, or FunctionTimeoutError."""
        started = time.monotonic()
        self.invocations += 1
        invocation = self.invocations
        self._running[invocation] = (function.name, started)
        token = running_function.set(function.name)
        try:
            result = await self._within_timeout(function, data, metadata)
        except Exception as error:
            _log.exception("Failed after %s: %s", _elapsed_text(started), type(error).__name__)
            raise
        else:
            _log.info("Succeeded in %s", _elapsed_text(started))
            return result
        finally:
            running_function.reset(token)
            del self._running[invocation]

    def call(self, function: Function, data: Datum, metadata: Mapping[str, Datum]) -> Datum | None:
        """Run a plain handler at once, in the caller's thread."""
        arguments = self._arguments(function, data, metadata)
        return self._encode(function, function.handler(**arguments), arguments)

    async def _within_timeout(self, function: Function, data: Datum, metadata: Mapping[str, Datum]) -> Datum | None:
        if function.is_async:
            work = self._worker.run_async(self._call_async(function, data, metadata))
        else:
            work = self._worker.run_sync(lambda: self.call(function, data, metadata))
        limit = asyncio.timeout(self._timeout)
        try:
            async with limit:  # cancels an async handler; a thread cannot be stopped, and its result is ignored
                return await work
        except TimeoutError as error:
            if not limit.expired():  # the handler's own
                raise
            raise FunctionTimeoutError(
                f"{function.name} ran longer than functionTimeout, {self._timeout} s."
            ) from error

    async def _call_async(self, function: Function, data: Datum, metadata: Mapping[str, Datum]) -> Datum | None:
        arguments = self._arguments(function, data, metadata)
        return self._encode(function, await function.handler(**arguments), arguments)

    def _arguments(self, function: Function, data: Datum, metadata: Mapping[str, Datum]) -> dict[str, Any]:
        arguments = {function.trigger.name: _decode(function, function.trigger, data, metadata)}
        for binding in function.inputs:
            content = Datum(self._inputs[binding.type](), "string")
            arguments[binding.name] = _decode(function, binding, content, {})
        if function.wants_context:
            headers = data.value["headers"] if data.type == "http" else {}
            arguments[CONTEXT] = Context(function, TraceContext.of(headers))
        arguments |= {binding.name: _Out() for binding in function.outputs if binding.name != RETURN}
        return arguments

    @staticmethod
    def _encode(function: Function, result: Any, arguments: Mapping[str, Any]) -> Datum | None:
        returned = next((binding for binding in function.outputs if binding.name == RETURN), None)
        converter = _converter(returned or function.trigger)
        if returned is None and not (hasattr(converter, "has_implicit_output") and converter.has_implicit_output()):
            if result is not None:
                raise RuntimeError(f"function {function.name} without a $return binding returned a non-None value")
            set_values = ((binding, arguments[binding.name].get()) for binding in function.outputs)
            encoded = (_converter(each).encode(value, expected_type=None) for each, value in set_values if value)
            return next(encoded, None)
        return converter.encode(result, expected_type=function.annotations.get("return"))


def _converter(binding: Binding) -> Any:
    return func.get_binding_registry().get(binding.type)


def _decode(function: Function, binding: Binding, data: Datum, metadata: Mapping[str, Datum]) -> Any:
    annotation = function.annotations.get(binding.name)
    if is_sdk_type(binding, annotation):
        converter: Any = get_sdk_type_registry().get(binding.type)
        return converter.decode(data, trigger_metadata=metadata, pytype=annotation)
    return _converter(binding).decode(data, trigger_metadata=metadata)


def _elapsed_text(started: float) -> str:
    seconds = time.monotonic() - started
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
