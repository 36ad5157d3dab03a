"""Bindings in memory, for tests of what follows from them; `adapters.ledger.bindings` is tested against Azurite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from adapters.ledger.bindings import BindingChange
from compliance.people.binding import Account, Binding, Rebinding
from compliance.people.reviewers import Revocation
from compliance.refusal import Refusal


class BoundPeople:
    """As `adapters.ledger.bindings.Bindings`."""

    def __init__(self, *people: Binding, revoked: Mapping[str, Revocation] | None = None) -> None:
        self._revoked = {} if revoked is None else revoked
        self.people = {each.account: each for each in people}
        self.changes: list[BindingChange] = []

    async def find(self, name: str) -> Binding | None:
        return next((each for each in self.people.values() if each.has(name)), None)

    async def find_sender(self, name: str) -> tuple[Revocation | None, Binding | None]:
        return self._revoked.get(name), await self.find(name)

    async def find_account(self, account: Account) -> Binding | None:
        return self.people.get(account)

    async def made(self, change: BindingChange) -> BindingChange | None:
        return next((each for each in self.changes if (each.id, each.at) == (change.id, change.at)), None)

    async def change(
        self,
        name: str,
        account: Account,
        decide: Callable[[Binding | None, Binding | None], Rebinding | Refusal | None],
        change: BindingChange,
    ) -> Refusal | None:
        wanted = decide(await self.find(name), self.people.get(account))
        if isinstance(wanted, Rebinding):
            taken_from = wanted.deprived.account if wanted.deprived else None
            self.changes.append(replace(change, taken_from=taken_from))
            self.people |= {each.account: each for each in wanted.changed}
            self.people = {each.account: each for each in self.people.values() if each.names}
            return None
        return wanted
