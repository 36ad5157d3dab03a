"""One search through one document: what it found, and what it may cost.

Parsers of hostile input must end. What they may cost is counted here, by what they really do: no size, number or
depth that a document declares is believed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import BinaryIO, Final

from compliance.content import ContentFinding, Finding

KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE

# The ratio beyond which Apache POI takes an Office file for a bomb (ZipSecureFile, MIN_INFLATE_RATIO = 0.01), here of
# the whole document; what is small when unpacked harms nobody.
MOST_RATIO: Final = 100
ALWAYS_FINE: Final = 10 * MEBIBYTE
# Enough for real documents; what is left then is told as not inspected.
MOST_EXPANDED: Final = 1024 * MEBIBYTE
MOST_SECONDS: Final = 30.0
# A file in a ZIP file in a ZIP file in a ZIP file; 42.zip has six levels.
DEEPEST: Final = 3


class BombError(Exception):
    """Unpacking costs far more than storing; the text says how."""


class SearchLimitError(Exception):
    """No more may be looked at; the text says why."""


class Search:
    """The findings in one document, the first of each kind, and the budget for finding them.

    `look_into` is called with a part of the document and its depth; it inspects whatever the part is.
    """

    def __init__(self, length: int, look_into: Callable[[BinaryIO, int, Search], None]) -> None:
        self.look_into = look_into
        self._length = length
        self._expanded = 0
        self._ends = time.monotonic() + MOST_SECONDS
        self._findings: dict[ContentFinding, Finding] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in the order of the kinds."""
        return tuple(self._findings[kind] for kind in ContentFinding if kind in self._findings)

    def found(self, kind: ContentFinding, detail: str) -> None:
        """Keep a finding unless there is one of its kind."""
        self._findings.setdefault(kind, Finding(kind, detail))

    def declares(self, expanded: int) -> None:
        """An archive says that it expands to so many bytes. Raises BombError: nobody makes himself out to be one."""
        if expanded > ALWAYS_FINE and expanded > MOST_RATIO * self._length:
            raise BombError(f"it expands more than {MOST_RATIO} times")

    def expands(self, count: int) -> None:
        """So many bytes more have come out. Raises BombError and SearchLimitError."""
        self._expanded += count
        self.declares(self._expanded)
        if self._expanded > MOST_EXPANDED:
            raise SearchLimitError(
                f"only the first {MOST_EXPANDED // MEBIBYTE} MiB of what it expands to were inspected"
            )
        self.goes_on()

    def goes_on(self) -> None:
        """Raises SearchLimitError when the time is up."""
        if time.monotonic() > self._ends:
            raise SearchLimitError(f"what could not be inspected within {MOST_SECONDS:.0f} seconds was not")
