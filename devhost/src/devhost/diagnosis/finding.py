"""One finding of `devhost doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem and its remedy: `stuck` if it needs a person, `note` if it is only worth knowing."""

    severity: Literal["stuck", "note"]
    where: str
    problem: str
    remedy: str
