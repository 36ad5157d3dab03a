"""Bindings of names to accounts, as tables and as JSON."""

from __future__ import annotations

from datetime import datetime

from adapters.ledger.bindings import BindingChange, Bindings
from cli.json_output import JsonOutput
from cli.terminal import moment, print_json, print_table, say
from compliance.people.binding import Binding


class PersonJson(JsonOutput):
    """A person: an account and its names."""

    name: str
    earlier_names: tuple[str, ...]  # which nobody else has now
    tenant_id: str
    object_id: str


class BindingChangeJson(JsonOutput):
    """One change of a name's binding."""

    at: datetime
    action: str  # bind or unbind
    name: str
    tenant_id: str
    object_id: str
    by: str  # an operator, or the front door
    reason: str


async def print_people(bindings: Bindings, *, as_json: bool) -> None:
    """Print who is bound."""
    found = await bindings.list_all()
    if as_json:
        print_json([_person_json(each) for each in found])
        return
    if not found:
        say("No name is bound to an account.")
        return
    rows = ((each.names[0], ", ".join(each.names[1:]) or None, *_account(each)) for each in found)
    print_table(("Name", "Earlier names", "Tenant", "Object"), rows)


async def print_changes(bindings: Bindings, *, as_json: bool) -> None:
    """Print every change."""
    found = await bindings.changes()
    if as_json:
        print_json([_change_json(each) for each in found])
        return
    if not found:
        say("No binding was ever made or changed.")
        return
    rows = ((moment(each.at), each.action, each.name, each.account.object_id, each.by, each.reason) for each in found)
    print_table(("When", "What", "Name", "Object", "By", "Why"), rows)


def _account(binding: Binding) -> tuple[str, str]:
    return binding.account.tenant_id, binding.account.object_id


def _person_json(binding: Binding) -> PersonJson:
    tenant_id, object_id = _account(binding)
    return PersonJson(name=binding.names[0], earlier_names=binding.names[1:], tenant_id=tenant_id, object_id=object_id)


def _change_json(change: BindingChange) -> BindingChangeJson:
    return BindingChangeJson(
        at=change.at,
        action=change.action,
        name=change.name,
        tenant_id=change.account.tenant_id,
        object_id=change.account.object_id,
        by=change.by,
        reason=change.reason,
    )
