"""Bindings of names to accounts, so that a renamed person stays one and nobody inherits a name.

A person is a tenant and an object id in it. Names change hands; policies use names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from compliance.outcome import Answer
from compliance.people.identity import person_key, same_person
from compliance.refusal import Refusal

MOST_NAMES: Final = 20  # of one person; they are kept in one row, and each decision is compared with all of them


@dataclass(frozen=True, slots=True)
class Account:
    """A person, as the directory knows them."""

    tenant_id: str
    object_id: str

    def __str__(self) -> str:
        return f"{self.object_id} of the tenant {self.tenant_id}"


@dataclass(frozen=True, slots=True)
class Binding:
    """An account and its names: today's first, then those that the person had before and nobody else has now."""

    account: Account
    names: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Return whether this is one of the person's names."""
        return any(same_person(name, each) for each in self.names)


@dataclass(frozen=True, slots=True)
class Rebinding:
    """A change of who has a name. A binding without names is to be deleted."""

    bound: Binding
    deprived: Binding | None = None  # whoever had the name before

    @property
    def changed(self) -> tuple[Binding, ...]:
        """Every binding as it is after the change."""
        return (self.bound, self.deprived) if self.deprived else (self.bound,)


def conflict(name: str, account: Account, of_name: Binding | None, of_account: Binding | None) -> Refusal | None:
    """Say why a name cannot be this account's. None if it is, or if neither of the two is bound.

    `of_name` and `of_account` are what is bound now.
    """
    if of_name and of_name.account != account:
        text = (
            f"the name {name} is bound to another account than the {account}: if it has changed hands, an operator "
            "binds it anew (`compliance people bind --replace`); then send this again"
        )
        return Refusal(Answer.WRONG_PERSON, text)
    if of_account and not of_account.has(name):
        text = (
            f"the account {account} is bound to the name {of_account.names[0]}, not {name}: if the person is called "
            "so now, an operator binds the name (`compliance people bind --replace`); then send this again"
        )
        return Refusal(Answer.WRONG_PERSON, text)
    return None


def bind(
    name: str, account: Account, of_name: Binding | None, of_account: Binding | None, *, replace: bool
) -> Rebinding | Refusal | None:
    """Give a name to an account, or say why not. None if it has the name already.

    With `replace` the name is taken from whoever has it, and becomes today's name of a person who has another one.
    """
    if not replace and (refusal := conflict(name, account, of_name, of_account)):
        return refusal
    names = of_account.names if of_account else ()
    if names and same_person(names[0], name):
        return None
    if of_account and of_account.has(name) and not replace:
        return None
    others = tuple(each for each in names if not same_person(each, name))
    if len(others) >= MOST_NAMES:
        return Refusal(Answer.NOT_PERMITTED, f"{account} has {MOST_NAMES} names; unbind one that is not used any more")
    deprived = unbind(name, of_name) if of_name and of_name.account != account else None
    return Rebinding(Binding(account, (name, *others)), deprived)


def unbind(name: str, binding: Binding) -> Binding:
    """Return a binding without this name."""
    return Binding(binding.account, tuple(each for each in binding.names if not same_person(each, name)))


def other_names(name: str, binding: Binding | None) -> tuple[str, ...]:
    """Return the person's other names; empty if the name is not bound."""
    return tuple(each for each in binding.names if not same_person(each, name)) if binding else ()


def known_among(names: Sequence[str], keys: frozenset[str]) -> str | None:
    """Return the first of a person's names that is among these, which are by `person_key`; None if none is."""
    return next((name for name in names if person_key(name) in keys), None)
