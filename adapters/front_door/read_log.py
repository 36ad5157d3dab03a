"""The read log: who has opened which document. Only the front door writes its rows, and it never changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from azure.data.tables.aio import TableClient

from adapters.ledger.table_rows import insert_row
from compliance.people.binding import Account
from contracts.digest import hashed_id

_FORMAT: Final = "%Y%m%d%H%M%S%f"
_PERIOD: Final = timedelta(minutes=10)
MOST_LISTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody has got bytes of a document."""

    review_id: str
    person: str
    account: Account
    sha256: str
    at: datetime


class ReadLog:
    """The rows of all reviews, in a partition for each; and a partition for each person, of what they have opened.

    A person's rows have the keys of the lists of what waits, so that a page of such a list needs one request.
    """

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def add(self, read: Read, listed_as: str, *, goes_on: bool = False) -> None:
        """Add a row, and one in the partition of the person. `listed_as` is the review's key in lists of what waits.

        A read that `goes_on`, such as the next part of a document, adds at most one row in ten minutes, to the
        review's alone: the person has opened the document before.
        """
        at = read.at.astimezone(UTC)
        if goes_on:
            at -= (at - datetime.min.replace(tzinfo=UTC)) % _PERIOD
        last = hashed_id(str(read.account), read.sha256)[:16] if goes_on else uuid4().hex[:16]
        row = {
            "PartitionKey": read.review_id,
            "RowKey": f"{at.strftime(_FORMAT)}-{last}",
            "person": read.person,
            "tenantId": read.account.tenant_id,
            "objectId": read.account.object_id,
            "sha256": read.sha256,
            "at": read.at.isoformat(),
        }
        await insert_row(self._table, row)
        if not goes_on:
            await insert_row(self._table, {"PartitionKey": _of(read.account), "RowKey": listed_as})

    async def opened(self, account: Account, keys: Sequence[str]) -> frozenset[str]:
        """Return which of a page's keys are those of documents that a person has opened.

        It is one request: some may be missing if very many others that they have opened lie between.
        """
        if not keys:
            return frozenset()
        query = "PartitionKey eq @person and RowKey ge @first and RowKey le @last"
        limits = {"person": _of(account), "first": min(keys), "last": max(keys)}
        pages = self._table.query_entities(query, parameters=limits, select=["RowKey"]).by_page()
        async for page in pages:
            return frozenset(keys) & {row["RowKey"] async for row in page}
        return frozenset()

    async def list_of(self, review_id: str) -> list[Read]:
        """List who has opened the document of a review, oldest first, and no more than the first MOST_LISTED."""
        found = self._table.query_entities("PartitionKey eq @review", parameters={"review": review_id})
        reads = list[Read]()
        async for row in found:
            account, at = Account(row["tenantId"], row["objectId"]), datetime.fromisoformat(row["at"])
            reads.append(Read(row["PartitionKey"], row["person"], account, row["sha256"], at))
            if len(reads) >= MOST_LISTED:
                break
        return reads


def _of(account: Account) -> str:
    return f"opened-{hashed_id(account.tenant_id, account.object_id)}"
