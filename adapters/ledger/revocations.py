"""Revocations: a row for each person whose right has ended, in one partition of the ledger's table.

The bindings are in the same partition, see `adapters.ledger.bindings`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.conflicts import LedgerConflictError, conflict_retries
from compliance.people.identity import person_key
from compliance.people.reviewers import Revocation, revocation_refusal
from compliance.refusal import Refusal
from compliance.review import EndedRight
from contracts.digest import text_digest

PARTITION: Final = "revoked"


class Revocations:
    """The last revocation of each person."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def take(self, new: Revocation) -> Refusal | None:
        """Store a revocation over an earlier one of the same person. Returns the refusal if it is refused.

        May be repeated. Raises LedgerConflictError if others keep changing the person's row.
        """
        return await conflict_retries()(self._replace_stored, new)

    async def _replace_stored(self, new: Revocation) -> Refusal | None:
        stored = await self._row_of(new.right.person)
        if refusal := revocation_refusal(revocation_of(stored) if stored else None, new):
            return refusal
        try:
            if stored:
                await self._table.update_entity(
                    _row(new),
                    UpdateMode.REPLACE,
                    etag=str(stored.metadata["etag"]),
                    match_condition=MatchConditions.IfNotModified,
                )
            else:
                await self._table.create_entity(_row(new))
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise LedgerConflictError("a revocation was changed by another writer") from error
        return None

    async def find(self, person: str) -> Revocation | None:
        """Read the revocation of a person, past, present or future; None if there is none."""
        row = await self._row_of(person)
        return revocation_of(row) if row else None

    async def list_all(self) -> list[Revocation]:
        """List the revocations of all people."""
        query = "PartitionKey eq @key and person ge ''"  # a column that only these rows have
        found = self._table.query_entities(query, parameters={"key": PARTITION})
        return [revocation_of(row) async for row in found]

    async def _row_of(self, person: str) -> TableEntity | None:
        try:
            return await self._table.get_entity(PARTITION, name_digest(person))
        except ResourceNotFoundError:
            return None


def name_digest(name: str) -> str:
    """Return what the keys of a name's rows begin with, however it is spelt."""
    return text_digest(person_key(name))


def _row(revocation: Revocation) -> dict[str, Any]:
    right = revocation.right
    return {
        "PartitionKey": PARTITION,
        "RowKey": name_digest(right.person),
        "person": right.person,
        "startsAt": right.starts.isoformat(),
        "reason": right.reason,
        "by": revocation.by,
        "enqueuedAt": revocation.enqueued_at.isoformat(),
        **({"endsAt": right.ends.isoformat()} if right.ends else {}),
    }


def revocation_of(row: TableEntity) -> Revocation:
    """Return the revocation that a row holds."""
    ends = row.get("endsAt")
    return Revocation(
        EndedRight(
            row["person"],
            datetime.fromisoformat(row["startsAt"]),
            row["reason"],
            datetime.fromisoformat(ends) if ends else None,
        ),
        row["by"],
        datetime.fromisoformat(row["enqueuedAt"]),
    )
