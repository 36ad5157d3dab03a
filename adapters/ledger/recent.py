"""What this process saw last, so that it need not ask storage again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """The values that were kept or found last, `most` of them; older ones are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, V] = OrderedDict()

    def keep(self, key: str, value: V) -> None:
        """Remember a value in place of an earlier one."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def find(self, key: str) -> V | None:
        """The value, unless it was never kept or is forgotten."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def forget(self, key: str) -> None:
        """Remember a value no longer."""
        self._values.pop(key, None)
