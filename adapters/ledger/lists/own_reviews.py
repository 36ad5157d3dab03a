"""A person's own reviews, newest first: a partition for what they have submitted, one for what they have decided."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.lists.index_keys import newest_first
from adapters.ledger.table_rows import read_pages
from compliance.people.identity import person_key
from compliance.review import Head
from contracts.digest import text_digest

_SUBMITTED: Final = "submitted"
_DECIDED: Final = "decided"
_LAST: Final = "g"  # after every key


def submitted_key(head: Head) -> str | None:
    """Return the key under which a review is listed for its submitter. None if its time is not known yet."""
    at = head.submitted_at or head.requested_at or head.closed_at
    return newest_first(at, head.review_id) if at else None


class OwnReviews:
    """The rows of all people. They are never deleted, since what they say does not change."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def put_submitted(self, head: Head) -> None:
        """List a review for its submitter, and whether that is proven or the uploader's word. May be repeated."""
        key = submitted_key(head)
        if head.submitter and key:
            await self._put(_SUBMITTED, head.submitter, key, proven=head.submission_proof is not None)

    async def put_decided(self, person: str, review_id: str, at: datetime) -> None:
        """List a review for somebody who has decided on it or withdrawn it. May be repeated."""
        await self._put(_DECIDED, person, newest_first(at, review_id))

    async def _put(self, what: str, person: str, key: str, **columns: bool) -> None:
        row = {"PartitionKey": _partition(what, person), "RowKey": key, **columns}
        await self._table.upsert_entity(row, UpdateMode.REPLACE)

    async def submitted(self, person: str, size: int, after: str | None = None) -> AsyncIterator[list[str]]:
        """Yield pages of the keys of what a person has submitted, newest first, going on after the key `after`."""
        async for page in read_pages(self._table, _partition(_SUBMITTED, person), after or "", _LAST, size):
            yield [str(row["RowKey"]) for row in page]

    async def decided(self, person: str, size: int, after: str | None = None) -> AsyncIterator[list[str]]:
        """Yield pages of the keys of what a person has decided, newest first, going on after the key `after`."""
        async for page in read_pages(self._table, _partition(_DECIDED, person), after or "", _LAST, size):
            yield [str(row["RowKey"]) for row in page]

    async def missing_submissions(self, person: str, heads: list[Head]) -> list[Head]:
        """Return which of these reviews of one submitter, one at least, are not listed."""
        keys = {key: head for head in heads if (key := submitted_key(head))}
        partition = _partition(_SUBMITTED, person)
        listed: set[str] = set()
        if keys:
            async for page in read_pages(self._table, partition, min(keys)[:-1], max(keys) + "g", 1000):
                listed |= {str(row["RowKey"]) for row in page}
        return [head for key, head in keys.items() if key not in listed]


def _partition(what: str, person: str) -> str:
    return f"{what}-{text_digest(person_key(person))}"
