"""One search through one document: its findings and its budget.

Parsers of hostile input must end. The budget counts the work actually done; sizes, numbers and depths that a document
declares are not trusted.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import BinaryIO, Final, Protocol

from compliance.content import ContentFinding, Finding

KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * KIBIBYTE

# Beyond this ratio Apache POI takes an Office file for a bomb (ZipSecureFile, MIN_INFLATE_RATIO = 0.01). Here it is the
# ratio of the whole document, unless that is small when unpacked and so harms nobody.
MOST_RATIO: Final = 100
ALWAYS_FINE: Final = 10 * MEBIBYTE
# Enough for real documents; the rest of a larger one is reported as not inspected.
MOST_EXPANDED: Final = 1024 * MEBIBYTE
MOST_SECONDS: Final = 30.0  # of processor time, so that a busy machine finds as much as an idle one
# A file in a ZIP file in a ZIP file in a ZIP file; 42.zip has six levels.
DEEPEST: Final = 3


class BombError(Exception):
    """The document takes far more to unpack than to store; the text says how."""


class DepthError(BombError):
    """Archives lie in archives too deep."""


class SearchLimitError(Exception):
    """The budget is spent; the text says which limit was reached."""


class InspectPart(Protocol):
    """A function that inspects a part of a document, of any kind, which may have a name there."""

    def __call__(self, part: BinaryIO, depth: int, search: Search, name: str = "", /) -> None:
        """Inspect a part."""


class Search:
    """The findings in one document, the first of each kind, and the budget for finding them.

    `inspect_part` is called with a part of the document, its depth, this search and, if the part has one, its name.
    `report` is called with each finding at once.
    """

    def __init__(
        self,
        length: int,
        inspect_part: InspectPart,
        report: Callable[[Finding], None] = lambda _: None,
    ) -> None:
        self.inspect_part = inspect_part
        self._report = report
        self._length = length
        self._expanded = 0
        self._ends = time.process_time() + MOST_SECONDS
        self._findings: dict[ContentFinding, Finding] = {}

    def inspect_embedded(self, content: bytes, depth: int, name: str = "") -> None:
        """Inspect a file that lies in a document at this depth, unless that is too deep. Raises BombError."""
        self.count_expanded(len(content))
        try:
            if depth >= DEEPEST:
                raise DepthError
            self.inspect_part(io.BytesIO(content), depth + 1, self, name)
        except DepthError:  # no bomb: documents lie in documents like that
            self.add(ContentFinding.NOT_INSPECTED, f"what is embedded more than {DEEPEST} deep was not inspected")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, in the order of their kinds."""
        return tuple(self._findings[kind] for kind in ContentFinding if kind in self._findings)

    def add(self, kind: ContentFinding, detail: str) -> None:
        """Add a finding unless there is one of its kind."""
        if kind not in self._findings:
            self._findings[kind] = Finding(kind, detail)
            self._report(self._findings[kind])

    def check_expansion(self, expanded: int) -> None:
        """Raise BombError if the document expands to so many bytes, or claims to: no honest document does."""
        if expanded > ALWAYS_FINE and expanded > MOST_RATIO * self._length:
            raise BombError(f"it expands more than {MOST_RATIO} times")

    def count_expanded(self, count: int) -> None:
        """Count bytes that have been expanded. Raises BombError, SearchLimitError."""
        self._expanded += count
        self.check_expansion(self._expanded)
        if self._expanded > MOST_EXPANDED:
            raise SearchLimitError(
                f"only the first {MOST_EXPANDED // MEBIBYTE} MiB of what it expands to were inspected"
            )
        self.check_time()

    def check_time(self) -> None:
        """Raise SearchLimitError if the time is up."""
        if time.process_time() > self._ends:
            raise SearchLimitError(f"what could not be inspected in {MOST_SECONDS:.0f} s of processor time was not")
