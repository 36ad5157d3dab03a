"""What `compliance report` prints, and its picture."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from functools import partial
from xml.etree import ElementTree as ET

import pytest

from adapters.ledger.lists.finished import FinishedReview
from cli.reports.figures import Figures, Grouping, by_reviewer, by_sums, total
from cli.reports.picture import picture_of
from cli.reports.report_text import Report, quickest_approvals, report_csv, report_json, report_lines
from compliance.outcome import Outcome
from compliance.turnaround import DaySum, histogram
from tests.builders import REQUESTED_AT
from tests.unit.cli.screens import check_screens

EVIL = '<script>alert("1")</script>\x1b[2J=1+1'


def day_sum(day: str, document_class: str, outcomes: dict[Outcome, int], *hours: float) -> DaySum:
    times = histogram(timedelta(hours=each) for each in hours)
    return DaySum(date.fromisoformat(day), document_class, outcomes, outcomes.get(Outcome.EXPIRED, 0), times)


SUMS = [
    day_sum("2026-02-27", "contract", {Outcome.APPROVED: 2, Outcome.REJECTED: 1}, 1, 5, 30),
    day_sum("2026-03-01", "contract", {Outcome.APPROVED: 1, Outcome.EXPIRED: 2}, 2),
    day_sum("2026-03-02", "default", {Outcome.APPROVED: 12, Outcome.WITHDRAWN: 1}, *[0.05] * 12),
]


def finished(name: str, outcome: Outcome = Outcome.APPROVED, hours: float = 1, *people: str) -> FinishedReview:
    decided_at = REQUESTED_AT + timedelta(hours=hours)
    return FinishedReview(
        "4f2a91c0" * 8,
        "default",
        "pending",
        name,
        outcome,
        decided_at,
        decided_by=people,
        requested_at=REQUESTED_AT,
        decided_at=decided_at,
    )


REVIEWS = [
    finished("a.pdf", Outcome.APPROVED, 0.01, "ann@example.org", "ben@example.org"),
    finished("b.pdf", Outcome.REJECTED, 0.005, "ben@example.org"),
    finished("board/Board paper 09 - minutes and resolutions.pdf", Outcome.APPROVED, 5, "ann@example.org"),
    finished("c.pdf", Outcome.EXPIRED, 72),
    finished("d.pdf", Outcome.APPROVED, 90, "eva@example.org"),
    finished("e.pdf", Outcome.APPROVED, 100, "eva@example.org"),
]


def report(figures: list[Figures], grouping: Grouping = Grouping.CLASS) -> Report:
    sums = total(figures, "All")
    return Report(date(2026, 2, 1), date(2026, 3, 3), grouping, figures, sums, quickest_approvals(REVIEWS))


def test_screens_of_a_report() -> None:
    check_screens("report", partial(report_lines, report(by_sums(SUMS, Grouping.CLASS))))


def test_reviews_are_counted_by_class_or_month() -> None:
    counts = [(each.name, each.reviews, each.overdue) for each in by_sums(SUMS, Grouping.CLASS)]
    assert counts == [("contract", 6, 2), ("default", 13, 0)]
    assert [(each.name, each.reviews) for each in by_sums(SUMS, Grouping.MONTH)] == [("2026-02", 3), ("2026-03", 16)]
    assert total([], "All").reviews == 0
    assert total([], "All").median is None


def test_a_reviewer_is_counted_where_they_have_decided() -> None:
    figures = by_reviewer(REVIEWS)
    assert [(each.name, each.reviews, dict(each.outcomes)) for each in figures] == [
        ("ann@example.org", 2, {Outcome.APPROVED: 2}),
        ("ben@example.org", 2, {Outcome.APPROVED: 1, Outcome.REJECTED: 1}),
        ("eva@example.org", 2, {Outcome.APPROVED: 2}),
    ]


def test_only_approvals_by_people_are_quick() -> None:
    assert [each.name[:1] for each in quickest_approvals(REVIEWS)] == ["a", "b", "d"]
    assert quickest_approvals([finished("c.pdf", Outcome.EXPIRED)]) == []


def test_programs_get_seconds_and_every_outcome() -> None:
    shape = report_json(report(by_sums(SUMS, Grouping.CLASS))).model_dump(mode="json", by_alias=True)
    assert shape["total"]["reviews"] == 19
    assert shape["total"]["withdrawn"] == 1
    assert shape["figures"][0]["medianSeconds"] == pytest.approx(2 * 3600, rel=0.5)
    assert shape["quickestApprovals"][0]["seconds"] == 36


def test_a_spreadsheet_gets_the_same_numbers() -> None:
    [header, contract, default, everything] = csv.reader(io.StringIO(report_csv(report(by_sums(SUMS, Grouping.CLASS)))))
    assert header[:4] == ["class", "reviews", "approved", "rejected"]
    assert (contract[:3], default[:3], everything[:2]) == (
        ["contract", "6", "3"],
        ["default", "13", "12"],
        ["All", "19"],
    )


def test_nothing_in_the_picture_is_markup_of_a_stranger() -> None:
    figures = [Figures(EVIL, {Outcome.APPROVED: 1}, 0, histogram([]))]
    svg = picture_of(EVIL, figures)
    root = ET.fromstring(svg)  # noqa: S314 our own text
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in svg
    assert "\x1b" not in svg
    assert "prefers-color-scheme: dark" in svg


def test_a_picture_has_a_bar_for_each_line_and_says_if_there_is_none() -> None:
    figures = by_sums(SUMS, Grouping.CLASS)
    svg = picture_of("Reviews", figures)
    assert svg.count('height="24"') == 5  # contract: approved, rejected, expired; default: approved, other
    assert "13 reviews, median 2 min" in svg
    assert "default: 1 other" in svg
    assert "No review ended" in picture_of("Reviews", [])
