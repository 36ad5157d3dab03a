"""Searches within an index: by what its rows say, in the order of the index or in another one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from compliance.people.identity import person_key
from reviews.finding.pages import Clock, Page, read_page

MOST_SORTED: Final = 100_000  # rows, a hundred requests
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Listed(Protocol):
    """A row of an index. Its name is None if the row does not say what it is about."""

    @property
    def review_id(self) -> str:
        """The review's id."""
        ...

    @property
    def document_class(self) -> str | None:
        """The class of its document."""
        ...

    @property
    def name(self) -> str | None:
        """The name of its document."""
        ...

    @property
    def submitter(self) -> str | None:
        """Who submitted it."""
        ...

    @property
    def requested_at(self) -> datetime | None:
        """When its reviewers were asked."""
        ...


R = TypeVar("R")
T = TypeVar("T")


class Order(StrEnum):
    """The orders that no index has."""

    AGE = "age"  # of the request, the oldest first
    NAME = "name"


@dataclass(frozen=True, slots=True)
class About:
    """What a search is about. A part that is None lets every review pass."""

    document_class: str | None = None
    submitter: str | None = None
    name_part: str | None = None

    def __bool__(self) -> bool:
        return self != EVERYTHING

    def may_pass(self, row: Listed) -> bool:
        """Return whether a row passes, or does not say what it is about."""
        return row.name is None or self.passes(row.document_class, row.submitter, row.name)

    def passes(self, document_class: str | None, submitter: str | None, name: str) -> bool:
        """Return whether a review of this document passes."""
        return (
            self.document_class in (None, document_class)
            and (self.submitter is None or person_key(submitter or "") == person_key(self.submitter))
            and (self.name_part or "").casefold() in name.casefold()
        )


EVERYTHING: Final = About()
_KEYS: Final[dict[Order, Callable[[Listed], tuple[datetime, str, str]]]] = {
    Order.AGE: lambda row: (row.requested_at or _LAST, "", row.review_id),
    Order.NAME: lambda row: (_LAST, (row.name or "").casefold(), row.review_id),
}


@dataclass(frozen=True)  # with slots a generic class cannot be named with its types
class Search(Generic[R, T]):
    """A search of an index: the keys and contents of its rows, how a review is read, and which rows are wanted."""

    key_of: Callable[[R], str]
    listed: Callable[[R], Listed]
    look: Callable[[R], Awaitable[T | None]]
    about: About
    also: Callable[[R], bool] = lambda _: True

    async def page(
        self, pages: AsyncIterator[Sequence[R]], order: Order | None, limit: int, clock: Clock, most: int = MOST_SORTED
    ) -> Page[T]:
        """Read a page. In an order other than the index's, it is the first page of all rows, or of the first `most`."""
        if order is None:
            return await read_page(pages, self.key_of, self.look, limit=limit, wanted=self._wanted, clock=clock)
        rows: list[R] = []
        async for each in pages:
            rows += each
            if len(rows) >= most:
                break
        last = self.key_of(rows[-1]) if len(rows) >= most else None
        rows = sorted(filter(self._wanted, rows), key=lambda row: _KEYS[order](self.listed(row)))
        page = await read_page(_one(rows), self.key_of, self.look, limit=limit, clock=lambda: 0)
        more = page.cursor is not None and page.cursor != self.key_of(rows[-1])
        return Page(page.items, last, more=more)

    def _wanted(self, row: R) -> bool:
        return self.about.may_pass(self.listed(row)) and self.also(row)


async def _one(rows: Sequence[R]) -> AsyncIterator[Sequence[R]]:
    yield rows
