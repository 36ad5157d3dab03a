"""Delegations: a row for each pair of people, in the ledger's table, in a partition for each delegate."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.conflicts import LedgerConflictError, conflict_retries
from adapters.ledger.table_rows import delete_row
from compliance.outcome import Answer
from compliance.people.delegation import KEPT, MOST_TO_ONE_PERSON, Delegation, replace_stored, replacement_refusal
from compliance.people.identity import person_key
from compliance.people.levels import Level
from compliance.refusal import Refusal
from contracts.digest import text_digest

_PREFIX: Final = "delegate-"
_AFTER: Final = "delegate."  # every key with that prefix


class Delegations:
    """The last delegation of each pair."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def take(self, new: Delegation) -> Refusal | None:
        """Store a delegation over an earlier one of the same pair. Returns the refusal if it is refused.

        May be repeated. Raises LedgerConflictError if others keep changing the pair's row.
        """
        return await conflict_retries()(self._replace_stored, new)

    async def _replace_stored(self, new: Delegation) -> Refusal | None:
        stored = await self._find(_partition(new.to), _name_digest(new.by))
        earlier = _delegation(stored) if stored else None
        if refusal := replacement_refusal(earlier, new):
            return refusal
        if earlier is None and (refusal := await self._make_room(new)):
            return refusal
        row = _row(replace_stored(earlier, new))
        try:
            if stored:
                await self._table.update_entity(
                    row,
                    UpdateMode.REPLACE,
                    etag=str(stored.metadata["etag"]),
                    match_condition=MatchConditions.IfNotModified,
                )
            else:
                await self._table.create_entity(row)
        except (ResourceExistsError, ResourceModifiedError) as error:
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
            await delete_row(self._table, _partition(each.to), _name_digest(each.by))
        if over:
            return None
        kind = "without" if unproved else "with"
        text = f"{MOST_TO_ONE_PERSON} people delegate to {new.to} {kind} a proof of identity; delegate to somebody else"
        return Refusal(Answer.NOT_PERMITTED, text)

    async def list_to(self, delegate: str) -> list[Delegation]:
        """List all delegations to a person, past and future ones too."""
        found = self._table.query_entities("PartitionKey eq @key", parameters={"key": _partition(delegate)})
        return [_delegation(row) async for row in found]

    async def end_of(self, person: str, before: datetime) -> int:
        """Delete what was delegated by and to a person up to this time. Returns how many it were. May be repeated."""
        over = 0
        of_person = "PartitionKey gt @first and PartitionKey lt @last and RowKey eq @by or PartitionKey eq @to"
        bounds = {"to": _partition(person), "first": _PREFIX, "last": _AFTER, "by": _name_digest(person)}
        async for row in self._table.query_entities(of_person, parameters=bounds):
            if _delegation(row).enqueued_at > before:
                continue
            with suppress(ResourceModifiedError, ResourceNotFoundError):  # given anew, or deleted, meanwhile
                unchanged = {"etag": str(row.metadata["etag"]), "match_condition": MatchConditions.IfNotModified}
                await self._table.delete_entity(row, **unchanged)
                over += 1
        return over

    async def list_all(self) -> list[Delegation]:
        """List the delegations of everybody, past and future ones too."""
        query, bounds = "PartitionKey gt @first and PartitionKey lt @last", {"first": _PREFIX, "last": _AFTER}
        return [_delegation(row) async for row in self._table.query_entities(query, parameters=bounds)]

    async def _find(self, partition: str, key: str) -> TableEntity | None:
        try:
            return await self._table.get_entity(partition, key)
        except ResourceNotFoundError:
            return None


def _partition(delegate: str) -> str:
    return f"{_PREFIX}{_name_digest(delegate)}"


def _name_digest(name: str) -> str:
    return text_digest(person_key(name))


def _row(delegation: Delegation) -> dict[str, Any]:
    return {
        "PartitionKey": _partition(delegation.to),
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
