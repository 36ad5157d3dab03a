"""Which review is meant, and waiting for something to become true of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import typer

from adapters.ledger.store import Ledger, StoredReview
from cli.failures import CommandError, ExitCode
from compliance.outcome import ReviewState

_ID: Final = re.compile(r"[0-9a-f]{64}")
_PREFIX: Final = re.compile(r"[0-9a-f]{6,63}")
_SHORT: Final = 12
_POLL_SECONDS: Final = 0.25

T = TypeVar("T")
ReviewArgument = Annotated[
    str,
    typer.Argument(metavar="REVIEW", help="The review's id; its first 6 digits are enough."),
]


def short(review_id: str) -> str:
    """As many digits of a review id as people need."""
    return review_id[:_SHORT]


async def find(ledger: Ledger, said: str) -> StoredReview:
    """The review with this id, or the only one whose id starts so. Raises CommandError."""
    review_id = await full_id(ledger, said)
    review = await ledger.review(review_id)
    if review is None:
        text = f"there is no review {review_id}; `compliance list` names the unfinished ones"
        raise CommandError(text, ExitCode.NOT_FOUND)
    return review


async def find_inspected(ledger: Ledger, said: str) -> StoredReview:
    """The same once it is known which bytes are under review. The caller bounds the time."""

    async def look() -> StoredReview | None:
        review = await find(ledger, said)
        waiting = review.head.state is ReviewState.OPEN and not review.head.inspected
        return None if waiting else review

    return await eventually(look)


async def full_id(ledger: Ledger, said: str) -> str:
    """The id that is meant, of 64 digits. Raises CommandError where none or several start so."""
    said = said.strip().lower()
    if _ID.fullmatch(said):
        return said
    if not _PREFIX.fullmatch(said):
        raise CommandError(f"{said!r} is not a review: give 6 to 64 hexadecimal digits", ExitCode.USAGE)
    found = await ledger.ids_starting_with(said)
    if not found:
        text = f"no review starts with {said}; `compliance list` names the unfinished ones"
        raise CommandError(text, ExitCode.NOT_FOUND)
    if len(found) > 1:
        text = f"{len(found)} reviews start with {said}; give more digits: {', '.join(map(short, found))}"
        raise CommandError(text, ExitCode.USAGE)
    return found[0]


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds, as soon as it finds something. The caller bounds the time."""
    while True:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(_POLL_SECONDS)
