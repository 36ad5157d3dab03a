"""What an app leaves behind that dies before its next step: rows written with the app's own functions, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from azure.data.tables import TableClient

from adapters.ledger.store import Ledger
from adapters.ledger.table import LedgerTable
from adapters.policies import load_policies
from compliance.document import DocumentVersion, review_id
from compliance.outcome import Vote
from compliance.review import Decision, Head
from contracts.names import LEDGER_TABLE
from local.stack.devhost_process import PROJECT
from local.stack.endpoints import Endpoints
from tests.recording import record_decision

T = TypeVar("T")


class DyingApp:
    """Writes to the ledger of one stack."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._storage = endpoints.storage

    def write(self, act: Callable[[Ledger], Awaitable[T]]) -> T:
        """Do this to the ledger, and nothing after it."""

        async def acted() -> T:
            async with LedgerTable.from_connection_string(self._storage, LEDGER_TABLE) as table:
                return await act(Ledger(table))

        return asyncio.run(acted())

    def approve(self, identity: str, reviewer: str) -> None:
        """Record an approval without waking the review."""

        async def recorded(ledger: Ledger) -> None:
            review = await ledger.review(identity)
            assert review and review.head.deadline
            decision = Decision("d", Vote.APPROVE, reviewer, "digest", "m", review.head.deadline)
            await record_decision(ledger, identity, decision)

        self.write(recorded)

    @contextmanager
    def unreadable(self, partition: str, key: str) -> Iterator[None]:
        """Make a review's head or opening row unreadable within the block."""
        with TableClient.from_connection_string(self._storage, LEDGER_TABLE) as table:
            row = table.get_entity(partition, key)
            table.update_entity({**row, "state": "illegible"})
            yield
            table.update_entity(row)


def unopened(container: str, name: str, etag: str, submitter: str) -> Head:
    """Return the review of a document version as its opener makes it, before anything is written."""
    policies = load_policies(PROJECT / "policies/default.yaml")
    document = DocumentVersion(container, name, etag)
    return Head(review_id(container, name, etag), document, policies.resolve("default"), submitter)
