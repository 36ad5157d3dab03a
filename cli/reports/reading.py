"""Reading what a report is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from adapters.ledger.finished import FinishedReview
from cli.reports.figures import Grouping, by_reviewer, by_sums, total
from cli.reports.report_text import Report, quickest_approvals
from cli.reviews.listing import Tables
from cli.session import Session
from reviews.finding import day_sums

_PAGE: Final = 1000  # rows, as many as storage returns at once


async def read_report(session: Session, since: date, until: date, grouping: Grouping) -> Report:
    """Read the sums of these days, and a row of each review that ended in them: for reviewers and quick approvals."""
    reviews = await _finished(session, since, until)
    sums = await day_sums(Tables.of(session), since, until)
    everything = total(by_sums(sums, Grouping.CLASS), "All")
    figures = by_reviewer(reviews) if grouping is Grouping.REVIEWER else by_sums(sums, grouping)
    return Report(since, until, grouping, figures, everything, quickest_approvals(reviews))


async def _finished(session: Session, since: date, until: date) -> list[FinishedReview]:
    first = datetime.combine(since, time(), UTC)
    after = datetime.combine(until, time(), UTC) + timedelta(days=1)
    pages = session.ledger.finished.pages(_PAGE, since=first, until=after)
    return [review async for page in pages for _, review in page]
