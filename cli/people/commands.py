"""`compliance people`: which account has which name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from cli.commands import Command, Group
from cli.options import comment_option, json_option, operator_option, timeout_option
from cli.session import Session, in_session, reach_service_bus, reach_storage

if TYPE_CHECKING:
    from cli.answers import AnswerJson

_NAME: Final = "The person's name, as policies spell it."


@click.group(cls=Group)
def people() -> None:
    """Say which account has which name.

    A person is an account: an object in a tenant of Microsoft Entra. Policies use names. The first message for which
    the front door vouches binds the sender's name to their account. From then on nobody else counts under that name,
    and the account counts under no other.

    \b
    Examples:
      compliance people list
      compliance people bind ana@example.org --tenant GUID \\
        --object GUID --as olga@example.org --replace \\
        --comment 'Ana has married; she was ann@example.org.'
    """


@people.command("bind", cls=Command)
@click.argument("person", metavar="PERSON", help=_NAME)
@click.option("--tenant", "tenant_id", required=True, metavar="GUID", help="The account's tenant, the claim tid.")
@click.option("--object", "object_id", required=True, metavar="GUID", help="Its id there, the claim oid.")
@click.option("--replace", is_flag=True, help="Although the name, or the account, is bound otherwise.")
@operator_option
@comment_option
@timeout_option
@json_option
@click.pass_context
def bind(
    context: click.Context,
    *,
    person: str,
    tenant_id: str,
    object_id: str,
    replace: bool,
    operator: str,
    comment: str,
    timeout: float,
    as_json: bool,
) -> None:
    """Bind a name to an account.

    If the name has another account, or the account another name, nothing is changed without --replace. With it, the
    name goes to this account. An account that had a name before keeps it as an earlier one: in open reviews the person
    stays one, with one place, under all their names. What was decided under a name before stays.

    Only operators may: people who may send to the queue operator-commands. Who did it, and why, is kept.

    Exit code: 0 recorded, 3 refused, 4 no answer in time, 1 the app failed.

    \b
    Example:
      compliance people bind ana@example.org --tenant GUID \\
        --object GUID --as olga@example.org --comment 'New here.'
    """
    command = {
        "type": "BindPersonV1",
        "person": person,
        "tenantId": tenant_id.lower(),
        "objectId": object_id.lower(),
        "replace": replace,
        "by": operator,
        "reason": comment,
    }
    _give(context, command, timeout, as_json=as_json)


@people.command("unbind", cls=Command)
@click.argument("person", metavar="PERSON", help=_NAME)
@operator_option
@comment_option
@timeout_option
@json_option
@click.pass_context
def unbind(context: click.Context, *, person: str, operator: str, comment: str, timeout: float, as_json: bool) -> None:
    """Take a name from the account that has it.

    The next person for whom the front door vouches under this name gets it. What was delegated by or to the name ends.
    Only operators may: people who may send to the queue operator-commands. Who did it, and why, is kept.

    Exit code: 0 recorded, 3 refused, 4 no answer in time, 1 the app failed.

    \b
    Example:
      compliance people unbind ana@example.org \\
        --as olga@example.org --comment 'Ana has left.'
    """
    command = {"type": "UnbindPersonV1", "person": person, "by": operator, "reason": comment}
    _give(context, command, timeout, as_json=as_json)


@people.command("list", cls=Command)
@json_option
@click.pass_context
def list_people(context: click.Context, *, as_json: bool) -> None:
    """List the names that are bound, with their accounts.

    \b
    Example:
      compliance people list
    """
    reach_storage(context)
    from cli.people.bindings import print_people

    async def read(session: Session) -> None:
        await print_people(session.bindings, as_json=as_json)

    in_session(context, read)


@people.command("history", cls=Command)
@json_option
@click.pass_context
def history(context: click.Context, *, as_json: bool) -> None:
    """List every change of a binding, oldest first: who made it, when and why.

    \b
    Example:
      compliance people history
    """
    reach_storage(context)
    from cli.people.bindings import print_changes

    async def read(session: Session) -> None:
        await print_changes(session.bindings, as_json=as_json)

    in_session(context, read)


def _give(context: click.Context, command: Mapping[str, object], timeout: float, *, as_json: bool) -> None:
    reach_service_bus(context)
    from cli.answers import end_with
    from cli.operators.command_message import order

    async def send(session: Session) -> AnswerJson:
        return await order(session, command, timeout)

    end_with(in_session(context, send), as_json)
