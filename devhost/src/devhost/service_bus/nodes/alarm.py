"""One timer for the nearest of many due times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Registration(Protocol):
    def cancel(self) -> None: ...


class Alarm:
    """Rings at the due time set last or before it, never after. Whoever is rung looks for itself what is due."""

    def __init__(self, register: Callable[[float, Callable[[], None]], Registration], ring: Callable[[], None]) -> None:
        self._register = register
        self._ring = ring
        self._due: float | None = None
        self._registration: Registration | None = None

    def set(self, due: float | None) -> None:
        """Cheap when the due time moves back, as it does with each message settled: the earlier ring is kept."""
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
