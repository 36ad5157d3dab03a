"""Pydantic's adapters of dataclasses, which read and write their values. Each is built when it is first used."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

_BUILT: Final[dict[type, TypeAdapter[Any]]] = {}


def adapter_of(kind: type[T]) -> TypeAdapter[T]:
    """Return the adapter of a type. Building one takes milliseconds, and a command runs for a second."""
    if kind not in _BUILT:
        _BUILT[kind] = TypeAdapter(kind)
    return _BUILT[kind]
