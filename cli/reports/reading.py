"""Reading the figures of a report."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from adapters.ledger.lists.day_sums import sums_of
from adapters.ledger.lists.finished import FinishedReview
from cli.reports.figures import Grouping, by_reviewer, by_sums, total
from cli.reports.report_text import Report, quickest_approvals
from cli.reviews.listing import Tables
from cli.session import Session
from compliance.turnaround import DaySum
from reviews.finding import day_sums

_PAGE: Final = 1000  # rows, as many as storage returns at once
_MOST_COMPARED: Final = 10_000  # of the newest reviews, for the quickest approvals
_A_DAY: Final = timedelta(days=1)


async def read_report(session: Session, since: date, until: date, grouping: Grouping, today: date) -> Report:
    """Read the figures of these days."""
    sums = await _sums(session, since, until, today)
    everything = total(by_sums(sums, Grouping.CLASS), "All")
    newest = await _finished(session, since, until, _MOST_COMPARED)
    if grouping is Grouping.REVIEWER:
        figures = by_reviewer(await _finished(session, since, until))
    else:
        figures = by_sums(sums, grouping)
    return Report(since, until, grouping, figures, everything, quickest_approvals(newest))


async def _sums(session: Session, since: date, until: date, today: date) -> list[DaySum]:
    """Read the sums of each day and class.

    Those of the last two days may not be written yet; they are added up from the reviews' rows.
    """
    recent = max(since, today - _A_DAY)
    sums = await day_sums(Tables.of(session), since, min(until, recent - _A_DAY))
    days: dict[date, list[FinishedReview]] = {}
    for review in await _finished(session, recent, until):
        days.setdefault(review.closed_at.astimezone(UTC).date(), []).append(review)
    return sums + [each for day in sorted(days) for each in sums_of(day, days[day])]


async def _finished(session: Session, since: date, until: date, most: int | None = None) -> list[FinishedReview]:
    """Read the rows of the reviews that ended in these days, newest first."""
    found: list[FinishedReview] = []
    first = datetime.combine(since, time(), UTC)
    after = datetime.combine(until, time(), UTC) + _A_DAY
    async for page in session.ledger.finished.pages(_PAGE, since=first, until=after):
        found += [review for _, review in page]
        if most is not None and len(found) >= most:
            return found
    return found
