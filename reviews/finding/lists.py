"""Lists of reviews: the unfinished, the finished, a person's own, those of one document name."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.ledger.lists.finished import PAST, FinishedReview, finished_review
from adapters.ledger.lists.index_keys import due_in, due_key, review_in, time_in
from adapters.ledger.store import StoredReview
from adapters.ledger.unfinished import ReviewNotFoundError, WaitingReview
from compliance.outcome import Outcome, ReviewState
from reviews.finding.pages import LIMIT, SEARCHED, Clock, Page, read_page
from reviews.finding.reads import Reads
from reviews.finding.searching import EVERYTHING, About, Order, Search


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished review, and what its row says of it."""

    review: StoredReview
    row: FinishedReview


@dataclass(frozen=True, slots=True)
class Own:
    """A person's own review, and when they submitted it, decided on it or withdrew it."""

    review: StoredReview
    at: datetime

    @property
    def submitter_is_proven(self) -> bool:
        """True if the submitter had signed in; else the name is the uploader's word."""
        return self.review.head.submission_proof is not None


async def unfinished(
    app: Reads,
    *,
    about: About = EVERYTHING,
    holds: Callable[[StoredReview], bool] = lambda _: True,
    order: Order | None = None,
    limit: int = LIMIT,
    cursor: str | None = None,
    clock: Clock = time.monotonic,
) -> Page[StoredReview]:
    """List the unfinished reviews that pass, the soonest due first; last those whose reviewers were not asked yet.

    The rows hold what `about` compares; for `holds` each review is read. A search may end before a page is full, as in
    `finished`. A search in another order reads the rows of all and cannot be continued. A review whose head is
    not written yet comes with the head with which it is to be opened, and no ETag.
    """

    async def look(row: WaitingReview) -> StoredReview | None:
        review = await app.ledger.review(row.review_id)
        if review is None:
            return await _as_opened(app, row.review_id)
        head = review.head
        if head.state is ReviewState.CLOSED and not await app.ledger.unfinished.has(row.review_id):
            return None
        # A moment after the request the review is still listed as not asked, and only so.
        is_listed = row.key == due_key(head) or not await app.ledger.unfinished.has_due(head)
        return review if is_listed else None

    async def look_if_wanted(row: WaitingReview) -> StoredReview | None:
        review = await look(row)
        return review if review and about.passes(*_about(review)) and holds(review) else None

    pages = app.ledger.unfinished.pages(SEARCHED if about or order else limit, cursor)
    search = Search[WaitingReview, StoredReview](lambda row: row.key, lambda row: row, look_if_wanted, about)
    page = await search.page(pages, order, limit, clock)
    return replace(page, reached=due_in(page.cursor)) if page.cursor else page


def _about(review: StoredReview) -> tuple[str, str | None, str]:
    head = review.head
    return head.policy.document_class, head.submitter, head.document.name


async def _as_opened(app: Reads, review_id: str) -> StoredReview | None:
    try:
        return StoredReview(await app.ledger.unfinished.as_opened(review_id), [], "")
    except ReviewNotFoundError:
        return None


async def finished(
    app: Reads,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    about: About = EVERYTHING,
    outcome: Outcome | None = None,
    order: Order | None = None,
    limit: int = LIMIT,
    cursor: str | None = None,
    clock: Clock = time.monotonic,
) -> Page[Finished]:
    """List the reviews that ended from `since` on and before `until` and pass the filters, newest first.

    A search with filters may end before a page is full: `Page.cursor` continues it, and `reached` says how far it came.
    """

    async def look(listed: tuple[str, FinishedReview]) -> Finished | None:
        row = listed[1]
        review = await app.ledger.review(row.review_id)
        holds = review and finished_review(review.head, review.decisions) == row
        return Finished(review, row) if review and holds else None

    size = SEARCHED if about or outcome or order else limit
    pages = app.ledger.finished.pages(size, since=since, until=until, after=cursor)
    search = Search[tuple[str, FinishedReview], Finished](
        lambda listed: listed[0],
        lambda listed: listed[1],
        look,
        about,
        lambda listed: outcome in (None, listed[1].outcome),
    )
    page = await search.page(pages, order, limit, clock)
    return replace(page, reached=time_in(page.cursor.removeprefix(PAST))) if page.cursor else page


async def submitted_by(app: Reads, person: str, *, limit: int = LIMIT, cursor: str | None = None) -> Page[Own]:
    """List what a person has submitted, newest first."""
    return await _own(app, app.ledger.own.submitted(person, limit, cursor), limit)


async def decided_by(app: Reads, person: str, *, limit: int = LIMIT, cursor: str | None = None) -> Page[Own]:
    """List the reviews on which a person has decided, or which they have withdrawn, newest first."""
    return await _own(app, app.ledger.own.decided(person, limit, cursor), limit)


async def _own(app: Reads, pages: AsyncIterator[Sequence[str]], limit: int) -> Page[Own]:
    async def look(key: str) -> Own | None:
        review = await app.ledger.review(review_in(key))
        return Own(review, time_in(key)) if review else None

    return await read_page(pages, lambda key: key, look, limit=limit)


async def of_name(
    app: Reads, container: str, name: str, *, limit: int = LIMIT, cursor: str | None = None
) -> Page[StoredReview]:
    """List the reviews of one document name, newest first."""
    listed = (await app.ledger.names.reviews_of(container, name))[::-1]
    rest = listed[listed.index(cursor) + 1 :] if cursor in listed else listed

    async def page() -> AsyncIterator[Sequence[str]]:
        yield rest

    return await read_page(page(), lambda review_id: review_id, app.ledger.review, limit=limit)
