"""`compliance delegate`: somebody who will be away has another decide in their place."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli.answers import AnswerJson, end_of_replies, exit_code_of_answer, reply_to, tell_answer
from cli.decisions.signing_key import SigningKey, read_signing_key
from cli.failures import CommandError, ExitCode
from cli.json_output import prints_json
from cli.lookup import eventually
from cli.session import JsonOption, Session, in_session
from compliance.identity import same_person
from contracts.messages.decisions import DelegationV1, parse_decision
from contracts.messages.strict_json import MalformedMessageError
from contracts.names import REVIEW_DECISIONS
from contracts.proofs.delegation_proof import signed_delegation

_LAST_OF_THE_DAY: Final = "T23:59:59.999999+00:00"
_FIRST_OF_THE_DAY: Final = "T00:00:00+00:00"


@prints_json(AnswerJson)
def delegate(
    context: typer.Context,
    *,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who will be away.")],
    to: Annotated[str, typer.Option(metavar="NAME", help="Who decides in their place.")],
    starts: Annotated[
        str, typer.Option("--from", metavar="DATE", help="First day, or a time (ISO 8601); UTC where no zone is said.")
    ],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, all of it; or a time.")],
    key_file: Annotated[
        Path | None,
        typer.Option("--sign", metavar="KEYFILE", help="Prove it with the private key of who will be away."),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the answer.")] = 60,
    as_json: JsonOption = False,
) -> None:
    """Have another person decide in somebody's place for a time, for example during a holiday.

    \b
      compliance delegate --by ana@example.org --to zoe@example.org --from 2026-08-03 --until 2026-08-14

    Until then Zoe may decide wherever Ana may, in reviews that are open now or open later. Her decision is Ana's: it
    fills Ana's place, says `on behalf of`, and neither of them can fill another place in that review. What Zoe may
    decide as a reviewer herself stays her own decision.

    A delegation reaches neither the submitter nor who changed the document last, cannot be handed on, and lasts a year
    at most. Said again for the same two people, the later dates count: an earlier end takes it back. Policies that
    demand proofs of identity count only delegations that are signed.

    Exit code: 0 recorded, 3 refused, 4 no answer in time: it was sent and may still count.
    """
    key = read_signing_key(key_file) if key_file else None
    body = _body(by, to, _moment(starts, _FIRST_OF_THE_DAY), _moment(until, _LAST_OF_THE_DAY), key)

    async def ask(session: Session) -> AnswerJson:
        messages, message_id = session.app.messages, str(uuid.uuid4())
        try:
            async with asyncio.timeout(timeout):
                number = await end_of_replies(messages)
                await messages.send(REVIEW_DECISIONS, body, message_id=message_id)
                return await eventually(lambda: reply_to(messages, number, message_id))
        except TimeoutError as error:
            text = f"no answer in {timeout:g} seconds; the delegation may still count: say it again to be sure"
            raise CommandError(text, ExitCode.TIMEOUT) from error

    answered = in_session(context, ask)
    tell_answer(answered, as_json)
    raise typer.Exit(exit_code_of_answer(answered.answer))


def _body(by: str, to: str, starts: str, until: str, key: SigningKey | None) -> dict[str, Any]:
    if key and not same_person(by, key.public.reviewer):
        text = f"this key is {key.public.reviewer}'s; a delegation of {by} is signed with a key of their own"
        raise CommandError(text, ExitCode.USAGE)
    body = {"type": "DelegationV1", "by": by, "to": to, "from": starts, "until": until}
    try:
        said = parse_decision(json.dumps(body).encode())
    except MalformedMessageError as error:
        raise CommandError(f"this delegation would be refused: {error}", ExitCode.USAGE) from error
    if key and isinstance(said, DelegationV1):
        body["proof"] = signed_delegation(said, int(time.time()), key.public.kid, key.private)
    return body


def _moment(text: str, of_the_day: str) -> str:
    """A moment as it goes over the wire: a day stands for its first or last."""
    try:
        return date.fromisoformat(text).isoformat() + of_the_day
    except ValueError:
        pass  # then it is a time
    try:
        said = datetime.fromisoformat(text)
    except ValueError as error:
        example = "such as 2026-08-03 or 2026-08-03T18:00+02:00"
        raise CommandError(f"{text!r} is no date; write it as ISO 8601, {example}", ExitCode.USAGE) from error
    return (said if said.tzinfo else said.replace(tzinfo=UTC)).isoformat()
