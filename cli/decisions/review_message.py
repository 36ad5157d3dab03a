"""A message about a review, such as a decision: its sender, their proof, and the app's answer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.answers import AnswerJson, ask, check_message
from cli.decisions.signing_key import SigningKey, proof_time, read_signing_key
from cli.failures import CommandError, ExitCode
from cli.lookup import find_inspected_review
from cli.session import Session
from compliance.people.identity import same_person
from compliance.review import Head
from contracts.messages.decisions import AboutReview


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a message, with their key if they sign it."""

    name: str
    key: SigningKey | None


def sender_of(name: str | None, key_file: Path | None) -> Sender:
    """Return the person named by --as or by the key. Raises CommandError if neither names one, or they differ."""
    key = read_signing_key(key_file) if key_file else None
    if key is None:
        if name is None:
            raise CommandError("say who you are: --as NAME, or --sign KEYFILE", ExitCode.USAGE)
        return Sender(name, None)
    if name and not same_person(name, key.public.reviewer):
        text = f"the key in {key_file} is {key.public.reviewer}'s, not {name}'s; sign with your own key"
        raise CommandError(text, ExitCode.USAGE)
    return Sender(name or key.public.reviewer, key)


async def ask_about(
    session: Session,
    review: str,
    body_of: Callable[[Head, str], dict[str, str]],
    sender: Sender,
    *,
    what: str,
    seconds: float,
) -> AnswerJson:
    """Send a message about a review once its document is inspected; return the app's answer.

    `body_of` makes the message from the review's head and the message's id; `what` names the message in errors.
    Raises CommandError.
    """
    try:
        async with asyncio.timeout(seconds):
            head = (await find_inspected_review(session.ledger, review)).head
    except TimeoutError as error:
        text = f"nothing was sent: the document was not inspected within {seconds:g} seconds; try again later"
        raise CommandError(text, ExitCode.TIMEOUT) from error
    message_id = str(uuid.uuid4())
    body = body_of(head, message_id)
    message, sha256 = check_message(body, what), head.document.sha256
    if sender.key and sha256 and isinstance(message, AboutReview):
        body["proof"] = sender.key.proof(message, sha256, proof_time(head.requested_at))
    late = f"the {what} may still count: see `compliance show`"
    return await ask(session.messages, body, message_id, seconds=seconds, if_late=late)
