"""`compliance delegate`: let another person decide in somebody's place."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.answers import AnswerJson, TimeoutOption, ask, check_message, end_with
from cli.decisions.signing_key import SigningKey, read_signing_key
from cli.failures import CommandError, ExitCode
from cli.json_output import prints_json
from cli.session import JsonOption, Session, in_session
from compliance.people.identity import same_person
from contracts.messages.decisions import DelegationV1
from contracts.proofs.delegation_proof import sign_delegation

LAST_OF_THE_DAY: Final = "T23:59:59.999999+00:00"
FIRST_OF_THE_DAY: Final = "T00:00:00+00:00"


@prints_json(AnswerJson)
def delegate(
    context: typer.Context,
    *,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who will be away.")],
    to: Annotated[str, typer.Option(metavar="NAME", help="Who decides in their place.")],
    starts: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First day, or a time (ISO 8601; UTC if it has no zone).")
    ],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, to its end, or a time.")],
    key_file: Annotated[
        Path | None,
        typer.Option("--sign", metavar="KEYFILE", help="Prove it with the private key of the person who will be away."),
    ] = None,
    timeout: TimeoutOption = 60,
    as_json: JsonOption = False,
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
    key = read_signing_key(key_file) if key_file else None
    body = _body(by, to, moment_of(starts, FIRST_OF_THE_DAY), moment_of(until, LAST_OF_THE_DAY), key)

    late = "the delegation may still count: give the same command again to be sure"

    async def send(session: Session) -> AnswerJson:
        return await ask(session.app.messages, body, str(uuid.uuid4()), seconds=timeout, if_late=late)

    end_with(in_session(context, send), as_json)


def _body(by: str, to: str, starts: str, until: str, key: SigningKey | None) -> dict[str, Any]:
    if key and not same_person(by, key.public.reviewer):
        text = f"the key is {key.public.reviewer}'s, not {by}'s; a delegation is signed by who will be away"
        raise CommandError(text, ExitCode.USAGE)
    body = {"type": "DelegationV1", "by": by, "to": to, "from": starts, "until": until}
    message = check_message(body, "delegation")
    if key and isinstance(message, DelegationV1):
        body["proof"] = sign_delegation(message, int(time.time()), key.public.kid, key.private)
    return body


def moment_of(text: str, of_the_day: str) -> str:
    """Return a time for the message; a day becomes its first or last moment. Raises CommandError."""
    try:
        return date.fromisoformat(text).isoformat() + of_the_day
    except ValueError:
        pass  # then it is a time
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        example = "such as 2026-08-03 or 2026-08-03T18:00+02:00"
        raise CommandError(f"{text!r} is not a date; write ISO 8601, {example}", ExitCode.USAGE) from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
