"""What a benchmark reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure and how it came about."""

    what: str
    value: float
    unit: str
    how: str

    def as_json(self) -> dict[str, Any]:
        """Return the figure as it is kept in the results file."""
        return asdict(self)
