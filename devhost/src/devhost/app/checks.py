"""Refuse, with a reason, what the Python worker and the Functions host refuse when they load a function.

Source of the rules: azure-functions-python-worker (`functions.py`) and the host's function name validation.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections import Counter
from collections.abc import Sequence
from typing import Any

import azure.functions as func
from azurefunctions.extensions.base import get_binding_registry as get_sdk_type_registry

from devhost.app.functions import CONTEXT, RETURN, Binding, Function, user_code
from devhost.errors import StartError

_STREAMING = ("starlette", "fastapi")  # packages of the annotations of HTTP streaming

ENTITY = "entityTrigger"  # accepted, so that the rest of an app runs, but not served
_TRIGGERS = frozenset(
    {"httpTrigger", "timerTrigger", "serviceBusTrigger", "blobTrigger", "orchestrationTrigger", "activityTrigger"}
)
_INPUTS = frozenset({"durableClient"})
_OUTPUTS = frozenset({"http"})
_DURABLE = frozenset({"orchestrationTrigger", "activityTrigger", ENTITY})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,126}")  # the host's rule for function names


class UnsupportedError(StartError):
    """A function needs what devhost does not have. The rest of the app runs without it."""

    def __init__(self, function: str, message: str) -> None:
        super().__init__(message)
        self.function = function


def raise_all(problems: Sequence[StartError]) -> None:
    """Raise one StartError with all problems, and the settings that switch off what is not supported."""
    if not problems:
        return
    lines = [str(problem) for problem in problems]
    if names := [problem.function for problem in problems if isinstance(problem, UnsupportedError)]:
        off = ", ".join(f'"AzureWebJobs.{name}.Disabled": "true"' for name in names)
        lines.append(f"To run the rest of the app, add to Values in its local.settings.json: {off}")
    raise StartError("\n".join(lines))


def is_sdk_type(binding: Binding, annotation: Any) -> bool:
    """Return whether this parameter gets an SDK client (deferred binding) instead of content."""
    registry = get_sdk_type_registry()
    return registry.get(binding.type) is not None and registry.check_supported_type(annotation)


def check_names(functions: Sequence[Function]) -> None:
    """Raise StartError if names of two functions, or of two durable functions of a kind, differ in case at most."""
    kinds = {
        "function": Counter(function.name.lower() for function in functions),
        "orchestration": _durable_names(functions, "orchestrationTrigger"),
        "activity": _durable_names(functions, "activityTrigger"),
    }
    for kind, names in kinds.items():
        twice = [name for name, count in names.items() if count > 1]
        if twice:
            raise StartError(f"Two functions have the {kind} name {twice[0]!r} (case does not matter).")


def check_function(function: Function, parameters: set[str], place: str, *, disabled: bool) -> None:
    """Raise StartError, starting with `place`, if the function could not run. A disabled one may have any binding."""
    if not _NAME.fullmatch(function.name):
        raise StartError(f"{place}: a function name is a letter, then up to 126 letters, digits, '_' or '-'.")
    _check_parameters(function, parameters, place)
    _check_asynchrony(function, place)
    if disabled:
        return
    if missing := [lack for binding in function.bindings if (lack := _lack(function, binding))]:
        raise UnsupportedError(function.name, f"{place}: devhost has no {', no '.join(missing)}.")
    for binding in function.bindings:
        _check_annotation(function, binding, place)


def _durable_names(functions: Sequence[Function], kind: str) -> Counter[str]:
    return Counter(f.durable_name.lower() for f in functions if f.trigger.type == kind)


def _lack(function: Function, binding: Binding) -> str | None:
    """Return what a binding needs and devhost does not have, None if it has everything."""
    known = _TRIGGERS if binding.is_trigger else _INPUTS if binding.direction == "IN" else _OUTPUTS
    if binding.type not in known | {ENTITY}:
        kind = "trigger" if binding.is_trigger else f"{binding.direction.lower()} binding"
        return f"{kind} of type {binding.type!r} (parameter {binding.name})"
    package = getattr(function.annotations.get(binding.name), "__module__", "").partition(".")[0]
    if binding.type == "httpTrigger" and package in _STREAMING:
        return f"HTTP streaming (parameter {binding.name} is a request of {package})"
    return None


def _check_parameters(function: Function, parameters: set[str], place: str) -> None:
    bound = {binding.name for binding in function.bindings} - {RETURN}
    declared = parameters - ({CONTEXT} if function.wants_context else set())
    if unbound := sorted(declared - bound):
        raise StartError(f"{place}: parameter {unbound[0]} has no binding; add a decorator for it or remove it.")
    if missing := sorted(bound - declared):
        raise StartError(f"{place}: binding {missing[0]} has no parameter of that name.")


def _check_asynchrony(function: Function, place: str) -> None:
    code = user_code(function.handler)
    clients = [binding.name for binding in function.inputs if binding.type == "durableClient"]
    if clients and not inspect.iscoroutinefunction(code):
        raise StartError(f"{place}: takes the durable client {clients[0]}, so it must be an `async def`.")
    if function.trigger.type == "orchestrationTrigger" and (
        inspect.iscoroutinefunction(code) or inspect.isasyncgenfunction(code)
    ):
        raise StartError(f"{place}: an orchestrator must be a plain generator function, not an `async def`.")


def _check_annotation(function: Function, binding: Binding, place: str) -> None:
    annotation = function.annotations.get("return" if binding.name == RETURN else binding.name)
    if annotation is None or annotation is type(None) or binding.type in _DURABLE:
        return
    is_out = typing.get_origin(annotation) is func.Out
    if is_out != (binding.direction != "IN" and binding.name != RETURN):
        raise StartError(f"{place}: parameter {binding.name} must be annotated func.Out exactly when it is an output.")
    if is_out or binding.name == RETURN or is_sdk_type(binding, annotation):
        return
    converter: Any = func.get_binding_registry().get(binding.type)
    if not _accepts(converter, annotation):
        hint = " (the SDK takes typing.List[...], not list[...])" if isinstance(annotation, types.GenericAlias) else ""
        raise StartError(f"{place}: parameter {binding.name} cannot be a {annotation} with {binding.type}{hint}.")


def _accepts(converter: Any, annotation: Any) -> bool:
    try:
        return bool(converter.check_input_type_annotation(annotation))
    except TypeError:  # the SDK's converters call issubclass on the annotation, whatever it is
        return False
