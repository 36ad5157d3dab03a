"""A report in lines of text, as comma-separated values and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rich.text import Text

from adapters.ledger.lists.finished import FinishedReview
from cli.columns import Cell, row_lines
from cli.csv_output import csv_text
from cli.json_output import JsonOutput
from cli.local_time import time_taken
from cli.lookup import short_id
from cli.reports.figures import Figures, Grouping, time_to_decision
from compliance.outcome import Outcome

_MOST_QUICK: Final = 3  # approvals that are named
_SHOWN: Final = (Outcome.APPROVED, Outcome.REJECTED, Outcome.EXPIRED)


@dataclass(frozen=True, slots=True)
class Report:
    """The reviews that ended in some days."""

    since: date
    until: date
    grouping: Grouping
    figures: Sequence[Figures]
    total: Figures
    quickest: Sequence[FinishedReview]  # approvals, the quickest first

    @property
    def title(self) -> str:
        """The reviews that it counts, in words."""
        return f"Reviews that ended from {self.since.isoformat()} to {self.until.isoformat()} (UTC)"


class FiguresJson(JsonOutput):
    """The figures of one class, month or reviewer, or of all."""

    name: str
    reviews: int
    approved: int
    rejected: int
    expired: int
    withdrawn: int
    superseded: int
    gone: int
    failed: int
    overdue: int
    median_seconds: float | None  # from the request to the last decision; null if none was decided
    p95_seconds: float | None


class QuickApprovalJson(JsonOutput):
    """An approval that took little time."""

    review_id: str
    document: str
    approved_by: tuple[str, ...]
    seconds: float


class ReportJson(JsonOutput):
    """Reviews that ended in some days, in UTC."""

    since: date
    until: date
    by: Grouping
    figures: tuple[FiguresJson, ...]
    total: FiguresJson
    quickest_approvals: tuple[QuickApprovalJson, ...]


def quickest_approvals(reviews: Sequence[FinishedReview]) -> list[FinishedReview]:
    """Return the approvals that took the least time."""
    approved = [each for each in reviews if each.outcome is Outcome.APPROVED and time_to_decision(each) is not None]
    return sorted(approved, key=lambda each: time_to_decision(each) or timedelta.max)[:_MOST_QUICK]


def report_lines(report: Report, width: int | None) -> Iterator[Text]:
    """Yield the lines: a table of the groups and, below it, the quickest approvals. In a pipe the table alone."""
    columns = (report.grouping.capitalize(), *_HEADINGS)
    rows = [_row(each, as_text=width is not None) for each in (*report.figures, report.total)]
    if width is None:
        yield from row_lines((), rows, None)
        return
    yield Text(report.title, "bold")
    yield Text()
    yield from row_lines(columns, rows, width, shortened=0)
    if report.quickest:
        yield Text()
        quick = [_quick_row(each) for each in report.quickest]
        yield from row_lines(("Quickest", "Review", "Document", "Approved by"), quick, width, shortened=2)


def report_csv(report: Report) -> str:
    """Return the table with whole numbers, and times in seconds."""
    figures = [figures_json(each) for each in (*report.figures, report.total)]
    columns = list(FiguresJson.model_fields)
    return csv_text([report.grouping, *columns[1:]], ([getattr(each, name) for name in columns] for each in figures))


def report_json(report: Report) -> ReportJson:
    """Return what `--json` prints."""
    return ReportJson(
        since=report.since,
        until=report.until,
        by=report.grouping,
        figures=tuple(map(figures_json, report.figures)),
        total=figures_json(report.total),
        quickest_approvals=tuple(
            QuickApprovalJson(
                review_id=each.review_id,
                document=each.name,
                approved_by=each.decided_by,
                seconds=(time_to_decision(each) or timedelta()).total_seconds(),
            )
            for each in report.quickest
        ),
    )


def figures_json(figures: Figures) -> FiguresJson:
    """Return the figures of one line."""
    return FiguresJson(
        name=figures.name,
        reviews=figures.reviews,
        **{outcome.value: figures.outcomes.get(outcome, 0) for outcome in Outcome},
        overdue=figures.overdue,
        median_seconds=figures.median.total_seconds() if figures.median is not None else None,
        p95_seconds=figures.p95.total_seconds() if figures.p95 is not None else None,
    )


_HEADINGS: Final = ("Reviews", "Approved", "Rejected", "Expired", "Other", "Overdue", "Median", "95 % in")


def _row(figures: Figures, *, as_text: bool) -> tuple[Cell, ...]:
    shown = [figures.outcomes.get(outcome, 0) for outcome in _SHOWN]
    numbers = [figures.reviews, *shown, figures.reviews - sum(shown), figures.overdue]
    times = (figures.median, figures.p95)
    if not as_text:
        seconds = ["" if taken is None else str(round(taken.total_seconds())) for taken in times]
        return figures.name, *map(str, numbers), *seconds
    cells = [*map(str, numbers), *("" if taken is None else time_taken(taken) for taken in times)]
    return figures.name, *(cell.rjust(len(heading)) for cell, heading in zip(cells, _HEADINGS, strict=True))


def _quick_row(review: FinishedReview) -> tuple[Cell, ...]:
    taken = time_taken(time_to_decision(review) or timedelta())
    return taken, short_id(review.review_id), review.name, ", ".join(review.decided_by)
