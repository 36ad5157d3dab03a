"""Bind a name to an account, or take it back, by an operator."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from adapters.ledger.bindings import BindingChange
from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from compliance.people.binding import Account, Binding, Rebinding, bind, unbind
from contracts.messages.commands import BindPersonV1, UnbindPersonV1
from reviews.answering import Reply
from reviews.app import App

_UNBIND: Final = "unbind"
_NOBODY: Final = Account("", "")


async def rebind_person(app: App, command: BindPersonV1 | UnbindPersonV1, arrival: Arrival) -> Reply:
    """Change who has a name. A command that comes again, even after other changes, finishes what it left undone.

    Raises LedgerConflictError.
    """
    name = command.person
    of_name = await app.bindings.find(name)
    if isinstance(command, BindPersonV1):
        action, account = "bind", Account(command.tenant_id, command.object_id)
        decide = partial(bind, name, account, replace=command.replace)
    else:
        action, account = _UNBIND, of_name.account if of_name else _NOBODY
        decide = partial(_unbinding, name, account)
    at = arrival.enqueued_at  # the same for every copy of the command
    change = BindingChange(arrival.fingerprint[:16], at, action, name, account, command.by, command.reason)
    made = await app.bindings.made(change)
    if made is None:
        if refusal := await app.bindings.change(name, account, decide, change):
            return Reply(refusal.answer, refusal.text)
        made = await app.bindings.made(change)
    told = [await _end_delegations(app, made), await _carry_revocations_over(app, name, arrival)]
    if action == _UNBIND and made is None:
        told = [f"{name} is bound to nobody"]
    return Reply(Answer.RECORDED, "; ".join(filter(None, told)) or None)


def _unbinding(name: str, account: Account, of_name: Binding | None, _: Binding | None) -> Rebinding | None:
    return Rebinding(unbind(name, of_name)) if of_name and of_name.account == account else None


async def _end_delegations(app: App, made: BindingChange | None) -> str | None:
    """End the delegations by and to a name that its person has lost: whoever gets the name has not delegated.

    Returns the remark about that for the operator.
    """
    if made is None or (made.action != _UNBIND and made.taken_from is None):
        return None
    over = await app.delegations.end_of(made.name, made.at)
    return f"{over} delegations by or to {made.name} have ended; who still needs one delegates again" if over else None


async def _carry_revocations_over(app: App, name: str, arrival: Arrival) -> str | None:
    """Revoke a name as its person's other names are: nobody gets a right back by being called otherwise.

    Returns the remark about that for the operator.
    """
    now = await app.bindings.find(name)
    if now is None:
        return None
    own = await app.revocations.find(name)
    for other in now.names:
        revocation = None if own else await app.revocations.find(other)
        if revocation:
            own = replace(revocation, right=replace(revocation.right, person=name), enqueued_at=arrival.enqueued_at)
            await app.revocations.take(own)
    if own is None or not own.right.holds_at(arrival.copy_enqueued_at):
        return None
    return f"the right of {name} has ended: {own.right.reason}; if not of this person, `compliance revoke --until` now"
