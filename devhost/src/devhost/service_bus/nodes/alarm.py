"""One timer for the nearest of many due times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Registration(Protocol):
    def cancel(self) -> None: ...


class Alarm:
    """A timer that rings at the due time set last, or before it, never after. The callback must check what is due."""

    def __init__(self, register: Callable[[float, Callable[[], None]], Registration], ring: Callable[[], None]) -> None:
        self._register = register
        self._ring = ring
        self._due: float | None = None
        self._registration: Registration | None = None

    def set(self, due: float | None) -> None:
        """Ring at `due`, or never if it is None.

        If an earlier ring is set, it is kept, so that settling a message, which delays the due time, costs nothing.
        """
        if due is None:
            self.cancel()
        elif self._due is None or due < self._due:
            self.cancel()
            self._due = due
            self._registration = self._register(due, self._rung)

    def cancel(self) -> None:
        if self._registration is not None:
            self._registration.cancel()
        self._due = self._registration = None

    def _rung(self) -> None:
        self._due = self._registration = None
        self._ring()
