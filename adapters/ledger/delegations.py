"""Delegations: a row for each pair of people, in the ledger's table, in a partition for each delegate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.conflicts import CONFLICTS, LedgerConflictError, conflict_retries
from adapters.ledger.rows import Row
from adapters.ledger.table_rows import delete_row
from compliance.outcome import Answer
from compliance.people.delegation import KEPT, MOST_TO_ONE_PERSON, Delegation, replace_stored, replacement_refusal
from compliance.people.identity import person_key
from compliance.people.levels import Level
from compliance.refusal import Refusal
from contracts.digest import text_digest

_PREFIX: Final = "delegate-"
_AFTER: Final = "delegate."  # every key with that prefix
_PAIR: Final = "by ge ''"  # a column that rows of pairs have, and answers have not


class Delegations:
    """The last delegation of each pair."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def take(self, new: Delegation, *answers: Row) -> Refusal | None:
        """Store a delegation over an earlier one of the same pair, and with it its answers in `partition_of` delegate.

        Returns the refusal if it is refused. May be repeated. Raises LedgerConflictError if others keep changing the
        pair's row.
        """
        return await conflict_retries()(self._replace_stored, new, answers)

    async def _replace_stored(self, new: Delegation, answers: Sequence[Row]) -> Refusal | None:
        stored = await self._find(partition_of(new.to), _name_digest(new.by))
        earlier = _delegation(stored) if stored else None
        if refusal := replacement_refusal(earlier, new):
            return refusal
        if earlier is None and (refusal := await self._make_room(new)):
            return refusal
        row = _row(replace_stored(earlier, new))
        unchanged = _unchanged(stored) | {"mode": UpdateMode.REPLACE} if stored else {}
        written = ("update", row, unchanged) if stored else ("create", row)
        try:
            await self._table.submit_transaction([written, *(("upsert", each) for each in answers)])
        except TableTransactionError as error:
            if error.status_code not in CONFLICTS:
                raise
            raise LedgerConflictError(f"the delegation {row['RowKey']} was changed by another writer") from error
        return None

    async def _make_room(self, new: Delegation) -> Refusal | None:
        """Delete what ended long ago if there are too many of this kind. Returns the refusal if that does not help.

        Several at once may exceed the number by a few.
        """
        to_them, unproved = await self.list_to(new.to), new.level is Level.NONE
        alike = [each for each in to_them if (each.level is Level.NONE) == unproved]
        if len(alike) < MOST_TO_ONE_PERSON:
            return None
        over = [each for each in alike if each.ends + KEPT < new.enqueued_at]
        for each in over:
            await delete_row(self._table, partition_of(each.to), _name_digest(each.by))
        if over:
            return None
        kind = "without" if unproved else "with"
        text = f"{MOST_TO_ONE_PERSON} people delegate to {new.to} {kind} a proof of identity; delegate to somebody else"
        return Refusal(Answer.NOT_PERMITTED, text)

    async def list_to(self, delegate: str) -> list[Delegation]:
        """List all delegations to a person, past and future ones too."""
        found = self._table.query_entities(
            f"PartitionKey eq @key and {_PAIR}", parameters={"key": partition_of(delegate)}
        )
        return [_delegation(row) async for row in found]

    async def end_of(self, person: str, before: datetime) -> int:
        """Delete the delegations by and to a person up to this time. Returns how many there were. May be repeated."""
        over = 0
        of_person = (
            f"PartitionKey gt @first and PartitionKey lt @last and RowKey eq @by or PartitionKey eq @to and {_PAIR}"
        )
        bounds = {"to": partition_of(person), "first": _PREFIX, "last": _AFTER, "by": _name_digest(person)}
        async for row in self._table.query_entities(of_person, parameters=bounds):
            if _delegation(row).enqueued_at > before:
                continue
            with suppress(ResourceModifiedError, ResourceNotFoundError):  # given anew, or deleted, meanwhile
                await self._table.delete_entity(row, **_unchanged(row))
                over += 1
        return over

    async def list_all(self) -> list[Delegation]:
        """List the delegations of everybody, past and future ones too."""
        query, bounds = (
            f"PartitionKey gt @first and PartitionKey lt @last and {_PAIR}",
            {"first": _PREFIX, "last": _AFTER},
        )
        return [_delegation(row) async for row in self._table.query_entities(query, parameters=bounds)]

    async def _find(self, partition: str, key: str) -> TableEntity | None:
        try:
            return await self._table.get_entity(partition, key)
        except ResourceNotFoundError:
            return None


def partition_of(delegate: str) -> str:
    """Return the key of the partition of a delegate, where answers to delegations are, too."""
    return f"{_PREFIX}{_name_digest(delegate)}"


def _unchanged(row: TableEntity) -> dict[str, Any]:
    return {"etag": str(row.metadata["etag"]), "match_condition": MatchConditions.IfNotModified}


def _name_digest(name: str) -> str:
    return text_digest(person_key(name))


def _row(delegation: Delegation) -> dict[str, Any]:
    return {
        "PartitionKey": partition_of(delegation.to),
        "RowKey": _name_digest(delegation.by),
        "by": delegation.by,
        "to": delegation.to,
        "startsAt": delegation.starts.isoformat(),
        "endsAt": delegation.ends.isoformat(),
        "enqueuedAt": delegation.enqueued_at.isoformat(),
        "level": delegation.level,
        "keySets": "\n".join(delegation.key_sets),
        "cutShort": delegation.cut_short,
        **({"proof": delegation.proof} if delegation.proof else {}),
        **({"signedAt": delegation.signed_at.isoformat()} if delegation.signed_at else {}),
    }


def _delegation(row: TableEntity) -> Delegation:
    return Delegation(
        row["by"],
        row["to"],
        datetime.fromisoformat(row["startsAt"]),
        datetime.fromisoformat(row["endsAt"]),
        datetime.fromisoformat(row["enqueuedAt"]),
        row.get("proof"),
        Level(row["level"]),
        tuple(row["keySets"].splitlines()),
        datetime.fromisoformat(row["signedAt"]) if "signedAt" in row else None,
        row["cutShort"],
    )
