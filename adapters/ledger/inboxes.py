"""The inboxes: table `waiting`, with a partition for each person and a row for each review that waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import Final

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.at_once import gather_few
from adapters.ledger.index_keys import due_key
from adapters.ledger.table_rows import delete_row, read_pages
from compliance.people.identity import person_key
from compliance.review import Head, RecordedDecision
from compliance.rounds import awaited
from contracts.digest import text_digest

_LAST: Final = "g"  # after every key


class Inboxes:
    """The rows of people whom policies name. The ledger decides whether one still holds; the sweep corrects them."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def correct(self, head: Head, decisions: Sequence[RecordedDecision], people: Iterable[str]) -> None:
        """Make a review's rows for these people as the review is. May be repeated."""
        if head.last_deadline is None:  # nobody was asked
            return
        waits_for = {person_key(name) for name in awaited(head, decisions)}

        async def correct_row(person: str) -> None:
            if person in waits_for:
                row = {"PartitionKey": _partition(person), "RowKey": due_key(head), "reviewId": head.review_id}
                await self._table.upsert_entity(row, UpdateMode.REPLACE)
            else:
                await delete_row(self._table, _partition(person), due_key(head))

        await gather_few(partial(correct_row, person) for person in {person_key(name) for name in people})

    async def pages(self, person: str, size: int, after: str | None = None) -> AsyncIterator[list[str]]:
        """Yield pages of the keys of a person's inbox, due first, going on after the key `after`."""
        async for page in read_pages(self._table, _partition(person), after or "", _LAST, size):
            yield [str(row["RowKey"]) for row in page]


def _partition(person: str) -> str:
    return text_digest(person_key(person))
