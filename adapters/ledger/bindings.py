"""Bindings of names to accounts, in the partition of the revocations: one request reads what a decision needs of both.

Each person has a row for the account and one for each name, all with the same columns, so that each lookup reads one
row. A change writes all of them, and a row that says who changed it, in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableEntity, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from adapters.ledger.conflicts import CONFLICTS, LedgerConflictError, conflict_retries
from adapters.ledger.revocations import PARTITION, name_digest, revocation_of
from compliance.people.binding import Account, Binding, Rebinding
from compliance.people.identity import person_key
from compliance.people.reviewers import Revocation
from compliance.refusal import Refusal

_ACCOUNT, _CHANGE = "account-", "change-"
_OF_NAME: Final = "-name"  # after the key of the name's revocation
_BETWEEN: Final = "PartitionKey eq @partition and RowKey ge @first and RowKey le @last"
_REPLACE: Final = {"mode": UpdateMode.REPLACE}
Operation = tuple[str, Mapping[str, Any]] | tuple[str, Mapping[str, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class BindingChange:
    """Who has changed a name's binding, and why. The id makes it count once."""

    id: str
    at: datetime
    action: str  # bind, unbind or sign-in
    name: str
    account: Account
    by: str
    reason: str
    taken_from: Account | None = None  # whoever had the name before and has lost it


class Bindings:
    """Who has which name."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, name: str) -> Binding | None:
        """Read whom a name is bound to; None if to nobody."""
        return _binding(await self._row(_name_key(name)))

    async def find_sender(self, name: str) -> tuple[Revocation | None, Binding | None]:
        """Read with one request a name's revocation, as `Revocations.find`, and whom it is bound to, as `find`."""
        bounds = _bounds(name_digest(name), _name_key(name))
        rows = {row["RowKey"]: row async for row in self._table.query_entities(_BETWEEN, parameters=bounds)}
        revoked = rows.get(name_digest(name))
        return revocation_of(revoked) if revoked else None, _binding(rows.get(_name_key(name)))

    async def find_account(self, account: Account) -> Binding | None:
        """Read the names of an account; None if it has none."""
        return _binding(await self._row(_account_key(account)))

    async def change(
        self,
        name: str,
        account: Account,
        decide: Callable[[Binding | None, Binding | None], Rebinding | Refusal | None],
        change: BindingChange,
    ) -> Refusal | None:
        """Change who has a name, as `decide` says, which gets what the name and the account are bound to now.

        Returns its refusal; None if it is done, or was. Raises LedgerConflictError if others keep changing the rows.
        """

        async def attempt() -> Refusal | None:
            rows = _Rows(await self._row(_name_key(name)), await self._row(_account_key(account)))
            of_name = _binding(rows.of_name)
            if of_name and of_name.account != account:
                rows.of_other = await self._row(_account_key(of_name.account))
                of_name = _binding(rows.of_other)
            wanted = decide(of_name, _binding(rows.of_account))
            if not isinstance(wanted, Rebinding):
                return wanted
            await self._write(name, wanted, rows, change)
            return None

        return await conflict_retries()(attempt)

    async def made(self, change: BindingChange) -> BindingChange | None:
        """Read a change as it was made; None if it was not, or changed nothing."""
        row = await self._row(_change_key(change))
        return _change(row) if row else None

    async def list_all(self) -> list[Binding]:
        """List everybody who is bound, in the order of today's names."""
        rows = self._table.query_entities(_BETWEEN, parameters=_bounds(_ACCOUNT, f"{_ACCOUNT}~"))
        found = [binding async for row in rows if (binding := _binding(row))]
        return sorted(found, key=lambda each: person_key(each.names[0]))

    async def changes(self) -> list[BindingChange]:
        """List all changes, oldest first."""
        rows = self._table.query_entities(_BETWEEN, parameters=_bounds(_CHANGE, f"{_CHANGE}~"))
        return [_change(row) async for row in rows]

    async def _row(self, key: str) -> TableEntity | None:
        try:
            return await self._table.get_entity(PARTITION, key)
        except ResourceNotFoundError:
            return None

    async def _write(self, name: str, wanted: Rebinding, found: _Rows, change: BindingChange) -> None:
        """Write everything in one transaction, if nobody has changed what was read.

        Whoever changes a person writes the row of the account, so its ETag guards the rows of the names as well.
        """
        rows: dict[str, Operation] = {}
        if found.of_name:
            rows[_name_key(name)] = ("delete", _keys(_name_key(name)))
        for binding in reversed(wanted.changed):  # the name is the new owner's
            key, columns = _account_key(binding.account), _columns(binding)
            rows[key] = _guarded(_keys(key) | columns, found.of(binding.account), delete=not binding.names)
            rows |= {_name_key(each): ("upsert", _keys(_name_key(each)) | columns, _REPLACE) for each in binding.names}
        if found.of_name is None and wanted.bound.has(name):
            rows[_name_key(name)] = ("create", rows[_name_key(name)][1])
        taken_from = wanted.deprived.account if wanted.deprived else None
        operations = [*rows.values(), ("create", _change_row(replace(change, taken_from=taken_from)))]
        try:
            await self._table.submit_transaction(operations)
        except TableTransactionError as error:
            if error.status_code not in CONFLICTS:
                raise
            raise LedgerConflictError("the bindings of a person were changed by another writer") from error


@dataclass(slots=True)
class _Rows:
    """The rows that a change has read: of the name, of the account, and of the account that has the name now."""

    of_name: TableEntity | None
    of_account: TableEntity | None
    of_other: TableEntity | None = None

    def of(self, account: Account) -> TableEntity | None:
        """Return the row of one of the accounts."""
        rows = (row for row in (self.of_account, self.of_other) if row)
        return next((row for row in rows if row["RowKey"] == _account_key(account)), None)


def _guarded(row: dict[str, Any], stored: TableEntity | None, *, delete: bool) -> Operation:
    if stored is None:
        return ("create", row)
    guard = {"etag": stored.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
    return ("delete", row, guard) if delete else ("update", row, guard | _REPLACE)


def _bounds(first: str, last: str) -> dict[str, str]:
    return {"partition": PARTITION, "first": first, "last": last}


def _keys(key: str) -> dict[str, Any]:
    return {"PartitionKey": PARTITION, "RowKey": key}


def _account_key(account: Account) -> str:
    return f"{_ACCOUNT}{account.tenant_id}.{account.object_id}"


def _name_key(name: str) -> str:
    return f"{name_digest(name)}{_OF_NAME}"


def _columns(binding: Binding) -> dict[str, Any]:
    account = binding.account
    return {
        "tenantId": account.tenant_id,
        "objectId": account.object_id,
        "names": json.dumps(binding.names, ensure_ascii=False),
    }


def _binding(row: TableEntity | None) -> Binding | None:
    return Binding(Account(row["tenantId"], row["objectId"]), tuple(json.loads(row["names"]))) if row else None


def _change_key(change: BindingChange) -> str:
    return f"{_CHANGE}{change.at.astimezone(UTC).isoformat()}-{change.id}"


def _change_row(change: BindingChange) -> dict[str, Any]:
    before = change.taken_from
    lost = {"lostTenantId": before.tenant_id, "lostObjectId": before.object_id} if before else {}
    return (
        _keys(_change_key(change))
        | lost
        | {
            "at": change.at.isoformat(),
            "action": change.action,
            "name": change.name,
            "tenantId": change.account.tenant_id,
            "objectId": change.account.object_id,
            "by": change.by,
            "reason": change.reason,
        }
    )


def _change(row: TableEntity) -> BindingChange:
    return BindingChange(
        row["RowKey"].rpartition("-")[2],
        datetime.fromisoformat(row["at"]),
        row["action"],
        row["name"],
        Account(row["tenantId"], row["objectId"]),
        row["by"],
        row["reason"],
        Account(row["lostTenantId"], row["lostObjectId"]) if "lostObjectId" in row else None,
    )
