"""`compliance delegate`: let another person decide in somebody's place."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.commands import Command
from cli.decisions.dates import FIRST_OF_THE_DAY, LAST_OF_THE_DAY, moment_of
from cli.failures import CommandError, ExitCode
from cli.options import FILE, ME, json_option, timeout_option
from cli.session import Session, in_session
from compliance.people.identity import same_person

if TYPE_CHECKING:
    from cli.answers import AnswerJson
    from cli.decisions.signing_key import SigningKey


@click.command(cls=Command)
@click.option("--by", required=True, metavar="NAME", envvar=ME, show_envvar=True, help="Who will be away.")
@click.option("--to", required=True, metavar="NAME", help="Who decides in their place.")
@click.option(
    "--from", "starts", required=True, metavar="DATE", help="First day, or a time (ISO 8601; UTC if it has no zone)."
)
@click.option("--until", required=True, metavar="DATE", help="Last day, to its end, or a time.")
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
    by: str,
    to: str,
    starts: str,
    until: str,
    key_file: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Let another person decide in somebody's place for a time.

    \b
      compliance delegate --by ana@example.org \\
        --to zoe@example.org --from 2026-08-03 --until 2026-08-14

    During these days Zoe may decide wherever Ana may, in reviews that are open now or opened later. Her decision
    counts as Ana's: it fills Ana's place, names both of them, and neither can fill another place in that review. What
    Zoe may decide as a reviewer herself stays her own decision.

    A delegation lasts a year at most and cannot be handed on. It never lets the submitter decide, nor the person who
    last changed the document. To change the dates, give the command again for the same two people; an end in the past
    takes the delegation back. Policies that demand proofs of identity count signed delegations only.

    Exit code: 0 recorded, 3 refused, 4 no answer in time (the delegation may still count).
    """
    from cli.answers import ask, end_with
    from cli.decisions.signing_key import read_signing_key

    key = read_signing_key(key_file) if key_file else None
    body = _body(by, to, moment_of(starts, FIRST_OF_THE_DAY), moment_of(until, LAST_OF_THE_DAY), key)

    late = "the delegation may still count: give the same command again to be sure"

    async def send(session: Session) -> AnswerJson:
        return await ask(session.messages, body, str(uuid.uuid4()), seconds=timeout, if_late=late)

    end_with(in_session(context, send), as_json)


def _body(by: str, to: str, starts: str, until: str, key: SigningKey | None) -> dict[str, Any]:
    from cli.answers import check_message
    from contracts.messages.decisions import DelegationV1
    from contracts.proofs.delegation_proof import sign_delegation

    if key and not same_person(by, key.public.reviewer):
        text = f"the key is {key.public.reviewer}'s, not {by}'s; a delegation is signed by who will be away"
        raise CommandError(text, ExitCode.USAGE)
    body = {"type": "DelegationV1", "by": by, "to": to, "from": starts, "until": until}
    message = check_message(body, "delegation")
    if key and isinstance(message, DelegationV1):
        body["proof"] = sign_delegation(message, int(time.time()), key.public.kid, key.private)
    return body
