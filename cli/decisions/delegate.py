"""`compliance delegate`: let another person decide in somebody's place."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.commands import Group
from cli.decisions.dates import FIRST_OF_THE_DAY, LAST_OF_THE_DAY, moment_of
from cli.failures import CommandError, ExitCode
from cli.options import FILE, ME, csv_option, fields_option, json_option, person_named, timeout_option
from cli.session import Session, in_session, reach_service_bus, reach_storage
from cli.terminal import print_json, print_lines, say
from compliance.people.identity import same_person

if TYPE_CHECKING:
    from cli.answers import AnswerJson
    from cli.decisions.signing_key import SigningKey


@click.group(cls=Group, invoke_without_command=True, no_args_is_help=True)
@click.option("--by", metavar="NAME", envvar=ME, show_envvar=True, help="Who will be away.")
@click.option("--to", metavar="NAME", help="Who decides in their place.")
@click.option("--from", "starts", metavar="DATE", help="First day, or a time (ISO 8601; UTC if it has no zone).")
@click.option("--until", metavar="DATE", help="Last day, to its end, or a time.")
@click.option(
    "--sign",
    "key_file",
    type=FILE,
    metavar="KEYFILE",
    help="Prove it with the private key of the person who will be away.",
)
@timeout_option
@json_option
@click.pass_context
def delegate(
    context: click.Context,
    *,
    by: str | None,
    to: str | None,
    starts: str | None,
    until: str | None,
    key_file: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Let another person decide in somebody's place for a time.

    In the first example Zoe may decide during these days wherever Ana may, in reviews that are open now or opened
    later. Her decision counts as Ana's: it fills Ana's place, names both of them, and neither can fill another place in
    that review. What Zoe may decide as a reviewer herself stays her own decision.

    A delegation lasts a year at most and cannot be handed on. It never lets the submitter decide, nor the person who
    last changed the document. To change the dates, give the command again for the same two people; an end in the past
    takes the delegation back. A document class that demands a proof of identity counts a delegation only if it has such
    a proof itself, for example by --sign.

    Exit code: 0 recorded, 3 refused, 4 no answer in time (the delegation may still count).

    \b
    Examples:
      compliance delegate --by ana@example.org \\
        --to zoe@example.org --from 2026-08-03 --until 2026-08-14
      compliance delegate list zoe@example.org
    """
    if context.invoked_subcommand:
        return
    if by is None or to is None or starts is None or until is None:
        raise click.UsageError("say who will be away, who decides for them and when: --by, --to, --from and --until")
    reach_service_bus(context)
    from cli.answers import ask, end_with
    from cli.decisions.signing_key import read_signing_key

    key = read_signing_key(key_file) if key_file else None
    body = _body(by, to, moment_of(starts, FIRST_OF_THE_DAY), moment_of(until, LAST_OF_THE_DAY), key)

    late = "the delegation may still count: give the same command again to be sure"

    async def send(session: Session) -> AnswerJson:
        return await ask(session.messages, body, str(uuid.uuid4()), seconds=timeout, if_late=late)

    end_with(in_session(context, send), as_json)


@delegate.command("list")
@click.argument(
    "person", metavar="[PERSON]", required=False, help="Only delegations that this person has given or received."
)
@fields_option
@csv_option
@click.pass_context
def list_delegations(context: click.Context, *, person: str | None, fields: str | None, as_csv: bool) -> None:
    """List the delegations that are in force or to come.

    The proof of a delegation is shown, too: policies may demand one. A delegation that was taken back is not listed.

    \b
    Examples:
      compliance delegate list
      compliance delegate list ana@example.org
    """
    person = person_named(person)
    chosen = None
    if fields is not None:
        from cli.decisions.delegations import DelegationJson
        from cli.json_output import Fields

        chosen = Fields.named(DelegationJson, fields)
    reach_storage(context)
    from cli.decisions.delegations import delegation_csv, delegation_json, delegation_lines, of_person
    from cli.local_time import LocalTime

    time = LocalTime.here()
    found = of_person(in_session(context, lambda session: session.delegations.list_all()), person, time.now)
    if chosen:
        print_json([chosen.of(delegation_json(each)) for each in found])
    elif as_csv:
        click.echo(delegation_csv(found), nl=False)
    elif found:
        print_lines(lambda width: delegation_lines(found, time, width))
    else:
        say("Nobody has delegated." if person is None else f"{person} has not delegated and stands in for nobody.")


def _body(by: str, to: str, starts: str, until: str, key: SigningKey | None) -> dict[str, Any]:
    from cli.answers import check_message
    from contracts.messages.decisions import DelegationV1
    from contracts.proofs.delegation_proof import sign_delegation

    if key and not same_person(by, key.public.reviewer):
        text = f"the key is {key.public.reviewer}'s, not {by}'s; the person who will be away must sign"
        raise CommandError(text, ExitCode.USAGE)
    body = {"type": "DelegationV1", "by": by, "to": to, "from": starts, "until": until}
    message = check_message(body, "delegation")
    if key and isinstance(message, DelegationV1):
        body["proof"] = sign_delegation(message, int(time.time()), key.public.kid, key.private)
    return body
