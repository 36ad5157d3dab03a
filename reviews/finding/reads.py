"""Where reviews are found. The app and the command line each pass their own tables."""

from __future__ import annotations

from typing import Protocol

from adapters.ledger.delegations import Delegations
from adapters.ledger.lists.inboxes import Inboxes
from adapters.ledger.revocations import Revocations
from adapters.ledger.store import Ledger


class Reads(Protocol):
    """The tables in which reviews are found."""

    @property
    def ledger(self) -> Ledger:
        """The ledger of reviews."""
        ...

    @property
    def inboxes(self) -> Inboxes:
        """The reviews that wait for each person."""
        ...

    @property
    def delegations(self) -> Delegations:
        """Who stands in for whom."""
        ...

    @property
    def revocations(self) -> Revocations:
        """Whose right to take part has ended."""
        ...
