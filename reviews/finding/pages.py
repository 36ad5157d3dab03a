"""Pages of a list: rows are read until a page is full; a search stops after a while."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Generic, TypeVar

from adapters.at_once import gather_few

R = TypeVar("R")
T = TypeVar("T")
Clock = Callable[[], float]

LIMIT: Final = 25
SEARCHED: Final = 1000  # rows in a page of a search: as many as storage returns at once
_MOST_READS: Final = 10
_MOST_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list."""

    items: list[T]
    cursor: str | None = None  # continues the list; None at its end
    reached: datetime | None = None  # the time of the cursor's row, in a list that is sorted by time
    more: bool = False  # of a list in another order than its index: there are more, but no cursor continues it


async def read_page(
    pages: AsyncIterator[Sequence[R]],
    key_of: Callable[[R], str],
    look: Callable[[R], Awaitable[T | None]],
    *,
    limit: int = LIMIT,
    wanted: Callable[[R], bool] = lambda _: True,
    most_looks: float = math.inf,
    clock: Clock = time.monotonic,
) -> Page[T]:
    """Look at the rows that are wanted, until `limit` of them hold. `look` returns None for a row that no longer holds.

    Ends early after ten pages, two seconds or `most_looks`.
    """
    found: list[T] = []
    ends, reads, looked = clock() + _MOST_SECONDS, 0, 0
    async for page in pages:
        reads += 1
        rest = list(page)
        while rest:
            taken = _take(rest, wanted, limit - len(found))
            rest = rest[len(taken) :]
            looks = await gather_few(partial(_awaited, look, row) for row in taken if wanted(row))
            found += [each for each in looks if each is not None]
            looked += len(looks)
            if taken and (len(found) == limit or clock() > ends or looked >= most_looks):
                return Page(found, key_of(taken[-1]))
        if page and (reads == _MOST_READS or clock() > ends):
            return Page(found, key_of(page[-1]))
    return Page(found)


async def _awaited(look: Callable[[R], Awaitable[T | None]], row: R) -> T | None:
    return await look(row)


def _take(rows: Sequence[R], wanted: Callable[[R], bool], count: int) -> Sequence[R]:
    """Return the first rows, up to and including the last of `count` wanted ones."""
    seen = 0
    for number, row in enumerate(rows, start=1):
        seen += wanted(row)
        if seen == count:
            return rows[:number]
    return rows
