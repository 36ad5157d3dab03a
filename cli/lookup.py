"""Finding a review by its id's first digits, and waiting for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from adapters.ledger.store import Ledger, StoredReview
from cli.failures import CommandError, ExitCode
from compliance.outcome import ReviewState

_ID: Final = re.compile(r"[0-9a-f]{64}")
_PREFIX: Final = re.compile(r"[0-9a-f]{6,63}")
_SHORT: Final = 12
_POLL_SECONDS: Final = 0.25

T = TypeVar("T")


def short_id(long_id: str) -> str:
    """Return as many digits of an id as people need."""
    return long_id[:_SHORT]


async def find_review(ledger: Ledger, id_or_prefix: str) -> StoredReview:
    """Return the review with this id, or with the only id that starts so. Raises CommandError."""
    review_id = await resolve_review_id(ledger, id_or_prefix)
    review = await ledger.review(review_id)
    if review is None:
        text = f"there is no review {review_id}; see the unfinished ones with `compliance list`"
        raise CommandError(text, ExitCode.NOT_FOUND)
    return review


async def find_inspected_review(ledger: Ledger, id_or_prefix: str) -> StoredReview:
    """Find a review and wait until its document is inspected. The caller limits the time."""

    async def look() -> StoredReview | None:
        review = await find_review(ledger, id_or_prefix)
        waiting = review.head.state is ReviewState.OPEN and not review.head.inspected
        return None if waiting else review

    return await wait_for(look)


async def resolve_review_id(ledger: Ledger, id_or_prefix: str) -> str:
    """Return all 64 digits of an id. Raises CommandError unless exactly one review's id starts so."""
    prefix = id_or_prefix.strip().lower()
    if _ID.fullmatch(prefix):
        return prefix
    if not _PREFIX.fullmatch(prefix):
        raise CommandError(f"{id_or_prefix!r} is not a review's id: give 6 to 64 hexadecimal digits", ExitCode.USAGE)
    found = await ledger.ids_starting_with(prefix)
    if not found:
        text = f"no review's id starts with {prefix}; see the unfinished ones with `compliance list`"
        raise CommandError(text, ExitCode.NOT_FOUND)
    if len(found) > 1:
        text = f"{len(found)} reviews' ids start with {prefix}; give more digits: {', '.join(map(short_id, found))}"
        raise CommandError(text, ExitCode.USAGE)
    return found[0]


async def wait_for(look: Callable[[], Awaitable[T | None]]) -> T:
    """Poll until `look` returns something, and return it. The caller limits the time."""
    while True:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(_POLL_SECONDS)
