"""The inboxes: table `waiting`, with a partition for each person and a row for each review that waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.at_once import gather_few
from adapters.ledger.lists.index_keys import due_key, review_in
from adapters.ledger.table_rows import read_pages, rows_of_reviews
from compliance.people.identity import person_key
from compliance.review import Head, RecordedDecision
from compliance.rounds import awaited
from contracts.digest import text_digest

_LAST: Final = "g"  # after every key


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A row: whose inbox, by the SHA-256 of the `person_key`, and which review, by its `due_key`."""

    person: str
    key: str
    etag: str = field(default="", compare=False)

    @property
    def review_id(self) -> str:
        """The review's id."""
        return review_in(self.key)


def inbox_rows(head: Head, decisions: Sequence[RecordedDecision]) -> set[InboxRow]:
    """Return the rows that a review needs as it is now."""
    return {InboxRow(_partition(name), due_key(head)) for name in awaited(head, decisions)}


class Inboxes:
    """The rows of people whom policies name. The ledger decides whether one still holds; the sweep corrects them."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def correct(self, head: Head, decisions: Sequence[RecordedDecision], people: Iterable[str]) -> None:
        """Bring a review's rows for these people up to date. May be repeated."""
        if head.last_deadline is None:  # nobody was asked
            return
        wanted = inbox_rows(head, decisions)
        rows = {InboxRow(_partition(name), due_key(head)) for name in people}
        await gather_few(partial(self.put if row in wanted else self.delete, row) for row in rows)

    async def put(self, row: InboxRow) -> None:
        """Put a review into an inbox. May be repeated."""
        keys = {"PartitionKey": row.person, "RowKey": row.key}
        await self._table.upsert_entity(keys | {"reviewId": row.review_id}, UpdateMode.REPLACE)

    async def delete(self, row: InboxRow) -> None:
        """Take a review out of an inbox, unless it was put there again since it was read. May be repeated."""
        condition = MatchConditions.IfNotModified if row.etag else None
        with suppress(ResourceModifiedError, ResourceNotFoundError):
            await self._table.delete_entity(row.person, row.key, etag=row.etag or None, match_condition=condition)

    async def rows_of_reviews(self, start: str, end: str) -> AsyncIterator[InboxRow]:
        """Yield the rows of all people about reviews with ids from `start` up to `end`, as a slice has them."""
        async for row in rows_of_reviews(self._table, "", start, end):
            yield InboxRow(str(row["PartitionKey"]), str(row["RowKey"]), str(row.metadata["etag"]))

    async def pages(self, person: str, size: int, after: str | None = None) -> AsyncIterator[list[str]]:
        """Yield pages of the keys of a person's inbox, the soonest due first, going on after the key `after`."""
        async for page in read_pages(self._table, _partition(person), after or "", _LAST, size):
            yield [str(row["RowKey"]) for row in page]


def _partition(person: str) -> str:
    return text_digest(person_key(person))
