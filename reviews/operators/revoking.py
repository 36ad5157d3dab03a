"""End a person's right to take part in reviews, open now or opened later, or let it begin again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from adapters.messaging.arrivals import Arrival
from compliance.outcome import Answer
from compliance.people.reviewers import Revocation
from compliance.review import EndedRight
from contracts.messages.commands import RevokePersonV1
from reviews.answering import Reply
from reviews.app import App
from reviews.attested.binding import other_names_of
from reviews.listing import correct_inboxes
from reviews.operators.rights import concerns, note_revocation

_AT_ONCE: Final = 8  # reviews, which share storage with those that travel meanwhile
_MOST_NAMED: Final = 10


async def revoke_person(app: App, command: RevokePersonV1, arrival: Arrival) -> Reply:
    """Keep the revocation under each of the person's names, and note it in every open review in which they take part.

    Reviews that are opened later get it from the sweep, and each review when the person sends something about it.
    Raises LedgerConflictError.
    """
    told: list[str] = []
    stored = await app.revocations.find(command.person)
    if command.until and command.starts is None and stored is None:
        return Reply(Answer.NOT_PERMITTED, f"the right of {command.person} has not ended; check the name")
    revocation = _revocation(command, arrival, stored)
    for each in (revocation, *of_other_names(revocation, await other_names_of(app, command.person))):
        if refusal := await app.revocations.take(each):
            return Reply(refusal.answer, refusal.text)
        named = await _note_everywhere(app, each, arrival.copy_enqueued_at)
        told += [text] if (text := _explanation(each, named)) else []
    return Reply(Answer.RECORDED, "; ".join(told) or None)


def of_other_names(revocation: Revocation, names: Sequence[str]) -> Iterator[Revocation]:
    """Yield the same revocation for the person's other names."""
    for name in names:
        yield replace(revocation, right=replace(revocation.right, person=name))


def _revocation(command: RevokePersonV1, arrival: Arrival, stored: Revocation | None) -> Revocation:
    starts, until = _time(command.starts), _time(command.until)
    if starts is None:
        starts = stored.right.starts if stored and until else arrival.enqueued_at
    return Revocation(EndedRight(command.person, starts, command.reason, until), command.by, arrival.enqueued_at)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


async def _note_everywhere(app: App, revocation: Revocation, at: datetime) -> list[str]:
    """Note a revocation in every open review in which the person takes part; returns the ids of these reviews.

    Raises LedgerConflictError.
    """
    found: list[str] = []
    queue = iter(await app.ledger.unfinished.ids())

    async def note_in_turn() -> None:
        for review_id in queue:
            head = await app.ledger.find(review_id)
            if head and concerns(head, revocation):
                await note_revocation(app, review_id, revocation, at)
                await correct_inboxes(app, review_id, (revocation.right.person,))
                found.append(review_id)

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(note_in_turn())
    return sorted(found)


def _explanation(revocation: Revocation, named: Sequence[str]) -> str | None:
    if not named or revocation.right.ends:
        return None
    listed = ", ".join(review_id[:12] for review_id in named[:_MOST_NAMED])
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return (
        f"{revocation.right.person} is a reviewer in open reviews: {listed}{more}; what they have decided there stays, "
        "and their open places can be reassigned"
    )
