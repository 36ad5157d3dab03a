"""The path of a blob: its container and its name there."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Self

# Controls, halves of surrogate pairs, noncharacters and characters that Unicode does not assign (yet).
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Cn"})


def first_non_text(name: str) -> str | None:
    """Return the first character in a name that no text has, as `U+FFFE`; None if there is none.

    XML cannot hold some of them, and storage lists blobs in XML.
    """
    return next((f"U+{ord(each):04X}" for each in name if unicodedata.category(each) in _NO_TEXT), None)


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
