"""Finding a review by its id's first digits, and waiting for it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from adapters.ledger.store import Ledger, StoredReview
from cli.failures import CommandError, ExitCode
from compliance.outcome import ReviewState
from contracts.blob_path import BlobNameError, canonical_name
from contracts.names import ARCHIVED, PENDING, PUBLISHED, SUBMISSIONS

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


async def resolve_named_review_id(ledger: Ledger, id_or_name: str) -> str:
    """Return all 64 digits of an id, or of the newest review of the document with this name. Raises CommandError."""
    if _looks_like_an_id(id_or_name):
        return await resolve_review_id(ledger, id_or_name)
    if found := await reviews_named(ledger, id_or_name):
        return found[0]
    raise _unknown_name(id_or_name)


async def find_named_review(ledger: Ledger, id_or_name: str) -> StoredReview:
    """Return the review with this id, or the newest one of the document with this name or path. Raises CommandError."""
    if _looks_like_an_id(id_or_name):
        try:
            return await find_review(ledger, id_or_name)
        except CommandError as error:
            if error.code is not ExitCode.NOT_FOUND or not (found := await reviews_named(ledger, id_or_name)):
                raise
    else:
        found = await reviews_named(ledger, id_or_name)
    if not found:
        raise _unknown_name(id_or_name)
    return await find_review(ledger, found[0])


def _looks_like_an_id(given: str) -> bool:
    digits = given.strip().lower()
    return bool(_PREFIX.fullmatch(digits) or _ID.fullmatch(digits))


def _unknown_name(name: str) -> CommandError:
    text = f"no review's document is called {name}; find it with `compliance list --state all --name PART`"
    return CommandError(text, ExitCode.NOT_FOUND)


async def reviews_named(ledger: Ledger, name_or_path: str) -> list[str]:
    """Return the ids of the reviews of a document, newest first, by its name, its place in storage or a local path."""
    for container, name in _names(name_or_path):
        if found := await ledger.names.reviews_of(container, name):
            return found[::-1]
    return []


def _names(name_or_path: str) -> Iterator[tuple[str, str]]:
    """Yield what a name or a path may mean: names of documents with the containers in which they were submitted."""
    container, _, rest = name_or_path.partition("/")
    if container == ARCHIVED and _ID.fullmatch(rest.partition("/")[0]):
        rest = rest.partition("/")[2]
    names = [name_or_path, *([rest] if container in (PENDING, SUBMISSIONS, PUBLISHED, ARCHIVED) else [])]
    if Path(name_or_path).is_file():
        names.append(Path(name_or_path).name)
    for name in names:
        try:
            known = canonical_name(name)
        except BlobNameError:
            continue
        yield from ((each, known) for each in (PENDING, SUBMISSIONS))


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
        text = (
            f"{id_or_prefix!r} is not a review's id: give 6 to 64 hexadecimal digits; "
            "`compliance show NAME` finds the newest review of a document"
        )
        raise CommandError(text, ExitCode.USAGE)
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
