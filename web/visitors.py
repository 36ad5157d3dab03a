"""Visitors: people who have signed in, with all their names in reviews."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from compliance.people.binding import Account, conflict, other_names
from compliance.people.identity import person_key, same_person
from web.door import Door
from web.principal import Principal, Role
from web.problems import ProblemError


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in and whose name is theirs."""

    principal: Principal
    other_names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name that is bound to their account now."""
        return self.principal.name

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the present one first."""
        return (self.name, *self.other_names)

    @property
    def account(self) -> Account:
        """The person, in their directory."""
        return self.principal.account

    @property
    def keys(self) -> frozenset[str]:
        """All names by `person_key`."""
        return frozenset(map(person_key, self.names))

    def has(self, role: Role) -> bool:
        """Return whether they have a role."""
        return role in self.principal.roles

    def known_as(self, *names: str) -> str | None:
        """Return the first of these names that is one of theirs; None if none is."""
        return next((name for name in names if any(same_person(name, own) for own in self.names)), None)


async def visitor_of(door: Door, principal: Principal) -> Visitor:
    """Return who has signed in, with all their names. Raises ProblemError if their name or right is in doubt."""
    name, account = principal.name, principal.account
    revoked, of_name = await door.bindings.find_sender(name)
    of_account = of_name if of_name and of_name.account == account else await door.bindings.find_account(account)
    if refusal := conflict(name, account, of_name, of_account):
        raise ProblemError(HTTPStatus.FORBIDDEN, refusal.answer.replace("_", "-"), refusal.text)
    visitor = Visitor(principal, other_names(name, of_account))
    for revocation in (revoked, *[await door.revocations.find(each) for each in visitor.other_names]):
        if revocation and revocation.right.holds_at(door.now()):
            text = f"your right to take part has ended: {revocation.right.reason}"
            raise ProblemError(HTTPStatus.FORBIDDEN, "right-ended", text)
    return visitor
