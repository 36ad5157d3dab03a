"""Messages about reviews, such as decisions: their sender, their proofs, the app's answers and what came of them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.ledger.store import Ledger, StoredReview
from cli.answers import AnswerJson, ask_all, check_message, exit_code_of_answer, no_answer
from cli.decisions.signing_key import SigningKey, proof_time, read_signing_key
from cli.failures import CommandError, ExitCode
from cli.lookup import find_inspected_review, wait_for
from cli.reviews.reading import newest_of_name
from cli.reviews.view import ReviewView
from cli.session import Session, run_together
from compliance.outcome import ReviewState
from compliance.people.identity import same_person
from compliance.review import Head
from contracts.messages.decisions import AboutReview

_AT_ONCE: Final = 16
_LONGEST_MOVE: Final = 10  # seconds to wait for the document to be moved; that of a small one takes about one


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a message, with their key if they sign it."""

    name: str
    key: SigningKey | None


@dataclass(slots=True)
class Asked:
    """A message about a review: the app's answer and the review after it, or why nothing was sent."""

    given: str  # the review as the command line names it
    view: ReviewView | None = None
    answer: AnswerJson | None = None
    error: CommandError | None = None

    @property
    def code(self) -> ExitCode:
        """The exit code of this message."""
        if self.answer:
            return exit_code_of_answer(self.answer.answer)
        return self.error.code if self.error else ExitCode.FAILED


def sender_of(name: str | None, key_file: Path | None) -> Sender:
    """Return the person named by --as or by the key, one of which is given. Raises CommandError if they differ."""
    key = read_signing_key(key_file) if key_file else None
    if key is None:
        return Sender(str(name), None)
    if name and not same_person(name, key.public.reviewer):
        text = f"the key in {key_file} is {key.public.reviewer}'s, not {name}'s; sign with your own key"
        raise CommandError(text, ExitCode.USAGE)
    return Sender(name or key.public.reviewer, key)


async def ask_about(
    session: Session,
    reviews: Sequence[str],
    body_of: Callable[[Head, str], dict[str, str]],
    sender: Sender,
    *,
    what: str,
    seconds: float,
) -> list[Asked]:
    """Send a message about each review once its document is inspected; return the answers in the same order.

    `body_of` makes a message from a review's head and the message's id; `what` names the message in errors.
    """
    bodies: dict[str, dict[str, str]] = {}
    turn = asyncio.Semaphore(_AT_ONCE)

    async def prepare(given: str) -> tuple[Asked, str]:
        asked, message_id = Asked(given), str(uuid.uuid4())
        try:
            async with turn:
                head = await _inspected(session.ledger, given, seconds)
            asked.view = ReviewView(head)
            bodies[message_id] = _signed(body_of(head, message_id), head, sender, what)
        except CommandError as error:
            asked.error = error
        return asked, message_id

    async def complete(asked: Asked, answer: AnswerJson | None) -> None:
        asked.answer = answer
        if answer is None:
            asked.error = no_answer(seconds, f"the {what} may still count: see `compliance show`")
        elif asked.view:
            async with turn:
                asked.view = await _after(session.ledger, asked.view.head) or asked.view

    prepared = await run_together(map(prepare, dict.fromkeys(reviews)))
    answers = await ask_all(session.messages, bodies, seconds) if bodies else {}
    await run_together(complete(asked, answers.get(key)) for asked, key in prepared if key in bodies)
    return [asked for asked, _ in prepared]


async def _inspected(ledger: Ledger, review: str, seconds: float) -> Head:
    try:
        async with asyncio.timeout(seconds):
            return (await find_inspected_review(ledger, review)).head
    except TimeoutError as error:
        text = f"nothing was sent: the document was not inspected within {seconds:g} seconds; try again later"
        raise CommandError(text, ExitCode.TIMEOUT) from error


def _signed(body: dict[str, str], head: Head, sender: Sender, what: str) -> dict[str, str]:
    """Check a message and add its proof if its sender signs. Raises CommandError if the app would refuse it unread."""
    message, sha256 = check_message(body, what), head.document.sha256
    if sender.key and sha256 and isinstance(message, AboutReview):
        body["proof"] = sender.key.proof(message, sha256, proof_time(head.requested_at))
    return body


async def _after(ledger: Ledger, before: Head) -> ReviewView | None:
    """Read a review after a message about it, once its document was moved if that does not take long."""
    last: StoredReview | None = None

    async def look() -> StoredReview | None:
        nonlocal last
        last = await ledger.review(before.review_id)
        return None if last and _is_being_moved(last.head) else last

    try:
        async with asyncio.timeout(_LONGEST_MOVE):
            await wait_for(look)
    except TimeoutError:
        pass  # it takes longer, which the answer then says
    return ReviewView.of(last, await newest_of_name(ledger, last.head)) if last else None


def _is_being_moved(head: Head) -> bool:
    return head.state is ReviewState.DECIDED or (head.retraction is not None and not head.retraction.done)
