"""Add up again the reviews of each day on which another one has ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from adapters.ledger.lists.day_sums import sums_of
from reviews.app import App

_MOST_DAYS: Final = 31  # in one sweep; the others wait for the next ones
_PAGE: Final = 1000


async def add_up_stale_days(app: App) -> None:
    """Add up again the days whose sums are out of date, the latest first."""
    for day, etag in sorted(await app.ledger.day_sums.stale(), reverse=True)[:_MOST_DAYS]:
        await _add_up(app, day, etag)


async def _add_up(app: App, day: date, etag: str) -> None:
    begins = datetime.combine(day, time(), UTC)
    pages = app.ledger.finished.pages(_PAGE, since=begins, until=begins + timedelta(days=1))
    finished = [review async for page in pages for _, review in page]
    await app.ledger.day_sums.replace(day, sums_of(day, finished), etag)
