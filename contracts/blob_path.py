"""The path of a blob: its container and its name there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class BlobPath:
    """A blob's container and name. As text: `container/name`, as the ledger, events and commands have it."""

    container: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `container/name`; the name may have slashes too."""
        container, _, name = text.partition("/")
        return cls(container, name)

    def __str__(self) -> str:
        return f"{self.container}/{self.name}"
