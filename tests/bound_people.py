"""Bindings in memory, for tests of what follows from them; `adapters.ledger.bindings` is tested against Azurite."""

from __future__ import annotations

from collections.abc import Callable

from adapters.ledger.bindings import BindingChange
from compliance.people.binding import Account, Binding, Rebinding
from compliance.refusal import Refusal


class BoundPeople:
    """As `adapters.ledger.bindings.Bindings`."""

    def __init__(self, *people: Binding) -> None:
        self.people = {each.account: each for each in people}
        self.made: list[BindingChange] = []

    async def find(self, name: str) -> Binding | None:
        return next((each for each in self.people.values() if each.has(name)), None)

    async def find_account(self, account: Account) -> Binding | None:
        return self.people.get(account)

    async def has_change(self, change: BindingChange) -> bool:
        return change in self.made

    async def change(
        self,
        name: str,
        account: Account,
        decide: Callable[[Binding | None, Binding | None], Rebinding | Refusal | None],
        change: BindingChange,
    ) -> Refusal | None:
        wanted = decide(await self.find(name), self.people.get(account))
        if isinstance(wanted, Rebinding):
            self.made.append(change)
            self.people |= {each.account: each for each in wanted.changed}
            self.people = {each.account: each for each in self.people.values() if each.names}
            return None
        return wanted
