"""What readers of a document do not see at once."""

from __future__ import annotations

from adapters.content.search import Search
from compliance.content import ContentFinding


class Hidden:
    """What readers do not see at once, of all parts of a document."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()

    def found(self, kind: str) -> None:
        """Take up something hidden, in the plural."""
        self._kinds.add(kind)

    def report(self, search: Search) -> None:
        """Add the finding."""
        if self._kinds:
            *others, last = sorted(self._kinds)
            text = f"it holds {', '.join(others)} and {last}" if others else f"it holds {last}"
            search.add(ContentFinding.HIDDEN_MATTER, text)
