"""A loaded function and its bindings, as the rest of the host sees them."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from devhost.app.retry_policy import RetryPolicy

RETURN = "$return"
CONTEXT = "context"
_MOST_DECORATORS = 8


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding as in function.json; `options` has all its properties, with `%SETTING%` resolved."""

    name: str
    type: str
    direction: Literal["IN", "OUT", "INOUT"]
    options: Mapping[str, Any]

    @property
    def is_trigger(self) -> bool:
        return self.type.endswith("Trigger")

    @property
    def binary(self) -> bool:
        """True if the binding is declared to take raw bytes (`dataType`)."""
        return self.options.get("dataType") == "BINARY"


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the app. `annotations` are the resolved type hints of its parameters and return value."""

    name: str
    handler: Callable[..., Any]
    trigger: Binding
    inputs: tuple[Binding, ...]
    outputs: tuple[Binding, ...]
    annotations: Mapping[str, Any]
    wants_context: bool
    directory: Path
    retry: RetryPolicy | None = None

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.handler)

    @property
    def bindings(self) -> tuple[Binding, ...]:
        return (self.trigger, *self.inputs, *self.outputs)

    @property
    def durable_name(self) -> str:
        """The name by which orchestrators and clients call this orchestration or activity."""
        return self.trigger.options.get("orchestration") or self.trigger.options.get("activity") or self.name


def user_code(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as its author wrote it, without the Durable SDK's wrappers."""
    for attribute in ("orchestrator_function", "entity_function", "client_function"):
        handler = getattr(handler, attribute, handler)
    return inspect.unwrap(handler)


def where(handler: Callable[..., Any], name: str, directory: Path) -> str:
    """Return `file:line, function name` for messages, without a place if no code of the app in `directory` is found."""
    code = _own_code(user_code(handler), directory, _MOST_DECORATORS)
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}, function {name}" if code else f"function {name}"


def is_own(file: str, directory: Path) -> bool:
    """Return whether a file is the app's own; its libraries may be in a virtual environment within its folder."""
    return Path(file).is_relative_to(directory) and "site-packages" not in Path(file).parts


def _own_code(handler: object, directory: Path, depth: int) -> types.CodeType | None:
    """Return the code of the app behind a library's decorators, which need not name what they wrap."""
    code = getattr(handler, "__code__", None)
    if isinstance(code, types.CodeType) and is_own(code.co_filename, directory):
        return code
    cells = getattr(handler, "__closure__", None) or () if depth else ()
    wrapped = (cell.cell_contents for cell in cells if cell != types.CellType())  # an empty one has no contents
    return next((found for each in wrapped if (found := _own_code(each, directory, depth - 1))), None)
