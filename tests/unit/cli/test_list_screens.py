"""What `compliance list` prints for people and in a pipe."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from functools import partial

from cli.reviews.list_lines import is_overdue, list_csv, list_lines, totals
from cli.reviews.view import ReviewView
from compliance.outcome import Outcome, ReviewState, Verdict, Vote
from compliance.policy import Part, Stage
from compliance.review import Retraction
from tests.builders import DEADLINE, document, open_review, policy, recorded, uninspected_review
from tests.journeys import hour
from tests.unit.cli.screens import TIME, check_screens

TWO = policy(document_class="contract", stages=(Stage("review", (Part((), 2),)),))
CLOSED = open_review(
    state=ReviewState.CLOSED, verdict=Verdict.APPROVE, outcome=Outcome.APPROVED, closed_at=hour(3), review_id="ab" * 32
)
LONG = document(name="board/2026/Board paper 09 - minutes and resolutions.txt")
OVERDUE = open_review(document=LONG, deadline=hour(20), review_id="0c" * 32, submitter="Maximiliana@subsidiary.example")
ESCALATED = open_review(escalated=True, deadline=hour(100), review_id="4a" * 32)
VIEWS = [
    ReviewView(OVERDUE),
    ReviewView(open_review(policy=TWO, deadline=hour(30), review_id="1d" * 32), recorded(Vote.APPROVE)),
    ReviewView(open_review(document=document(name="政策/年度報告.pdf"), review_id="2e" * 32)),
    ReviewView(uninspected_review(submitter=None, review_id="3f" * 32)),
    ReviewView(replace(CLOSED, state=ReviewState.DECIDED, outcome=None, closed_at=None)),
    ReviewView(CLOSED),
    ReviewView(replace(CLOSED, outcome=Outcome.SUPERSEDED, document=document(name="a\tb\x1b[2J.txt"))),
    ReviewView(replace(CLOSED, retraction=Retraction("olga", hour(5), done=True))),
]


def test_screens_of_a_list() -> None:
    check_screens("list", partial(list_lines, VIEWS, TIME))


def test_each_review_is_one_line_whatever_it_is_called() -> None:
    for width in (80, 120, None):
        assert len(list(list_lines(VIEWS, TIME, width))) == len(VIEWS) + (width is not None)
    assert {line.plain.count("\t") for line in list_lines(VIEWS, TIME, None)} == {6}


def test_the_last_line_says_how_many_there_are() -> None:
    assert totals(VIEWS, TIME, more=False) == "8 reviews, 1 due today, 1 overdue"
    assert totals(VIEWS[5:6], TIME, more=True) == "1 review; there are more: --all lists them"


def test_a_review_is_overdue_from_its_deadline_on() -> None:
    view = ReviewView(open_review())
    assert is_overdue(view, replace(TIME, now=DEADLINE))
    assert not is_overdue(view, replace(TIME, now=DEADLINE - timedelta(seconds=1)))
    assert not is_overdue(ReviewView(CLOSED), TIME)


def test_a_review_that_was_escalated_is_overdue_though_it_goes_on() -> None:
    view, later = ReviewView(ESCALATED), replace(TIME, now=DEADLINE + timedelta(hours=3))
    assert is_overdue(view, later)
    assert totals([view], later, more=False) == "1 review, 1 overdue"
    assert [line.plain.split()[-3:] for line in list_lines([view], later, 80)][1] == ["overdue", "3", "h"]


def test_a_spreadsheet_gets_whole_values_and_no_formulas() -> None:
    formula = ReviewView(open_review(submitter="=HYPERLINK()"))
    [header, row] = csv.reader(io.StringIO(list_csv([formula])))
    found = dict(zip(header, row, strict=True))
    assert (found["submitter"], found["needed"], found["due"]) == ("'=HYPERLINK()", "1", "2026-03-05T09:30:00Z")


def test_overdue_and_outcomes_have_a_colour_and_a_word() -> None:
    _, overdue, *_, superseded, retracted = list_lines(VIEWS, TIME, 80)
    assert "overdue" in overdue.plain
    assert "bold red" in {str(span.style) for span in overdue.spans}
    assert superseded.plain.split()[-4] == "superseded"
    assert retracted.plain.split()[-4] == "retracted"
