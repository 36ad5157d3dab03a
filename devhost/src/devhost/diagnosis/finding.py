"""One thing that somebody should know of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """`stuck`: nothing moves it on without somebody. `note`: worth knowing, moves on or is meant to wait."""

    severity: Literal["stuck", "note"]
    where: str
    problem: str
    remedy: str
