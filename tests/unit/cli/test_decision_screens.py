"""What `decide`, its short forms and `submit` print for people and in a pipe."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cli.answers import AnswerJson
from cli.decisions.deciding import result_lines
from cli.decisions.review_message import Asked
from cli.documents.awaiting import SubmittedDocument, Until
from cli.documents.submitting import submission_lines
from cli.failures import CommandError, ExitCode
from cli.reviews.view import ReviewView
from compliance.outcome import Answer, Outcome, ReviewState, Verdict, Vote
from compliance.policy import Part, Stage
from tests.builders import document, open_review, policy, recorded
from tests.journeys import hour
from tests.unit.cli.screens import TIME, check_screens

TWO = policy(stages=(Stage("review", (Part(("reviewer-1@example.org", "ben@example.org", "eva@example.org"), 2),)),))
OPEN = ReviewView(open_review(policy=TWO, review_id="1d" * 32), recorded(Vote.APPROVE))
PUBLISHED = open_review(
    state=ReviewState.CLOSED,
    verdict=Verdict.APPROVE,
    outcome=Outcome.APPROVED,
    closed_at=hour(3),
    location="published/board/Board paper 09 - minutes and resolutions.txt",
    review_id="2e" * 32,
    document=document(name="board/Board paper 09 - minutes and resolutions.txt"),
)
APPROVED = ReviewView(PUBLISHED, recorded(Vote.APPROVE))
SUPERSEDED = replace(PUBLISHED, verdict=None, outcome=Outcome.SUPERSEDED, location=None, review_id="3f" * 32)


def asked(view: ReviewView, answer: Answer, explanation: str | None = None) -> Asked:
    review_id = view.head.review_id
    message = {"type": "DecisionAnswerV1", "reviewId": review_id, "decisionId": None, "environment": "local"}
    after = {"reviewState": view.head.state, "verdict": view.head.verdict, "outcome": view.head.outcome}
    answered = AnswerJson.model_validate(message | after | {"answer": answer, "explanation": explanation})
    return Asked(review_id[:6], view, answered)


LATE = "the review was already decided (supersede); nothing more can count"
MANY = [
    asked(OPEN, Answer.RECORDED),
    asked(APPROVED, Answer.RECORDED),
    asked(ReviewView(SUPERSEDED, newer=replace(PUBLISHED, review_id="4a" * 32)), Answer.LATE, LATE),
    asked(OPEN, Answer.NOT_PERMITTED, "nobody decides on a document of their own; ask another reviewer"),
    Asked("abcdef", error=CommandError("there is no unfinished review abcdef", ExitCode.NOT_FOUND)),
]


def submitted(view: ReviewView, supersedes: str | None = None) -> SubmittedDocument:
    return SubmittedDocument(view.head.review_id, view.head.document.name, view.head.document.etag, supersedes, view)


def test_screens_of_one_decision() -> None:
    check_screens("decide-one", partial(result_lines, MANY[:1], TIME))
    check_screens("approve-last", partial(result_lines, MANY[1:2], TIME))
    check_screens("approve-late", partial(result_lines, MANY[2:3], TIME))


def test_screens_of_many_decisions() -> None:
    check_screens("decide-many", partial(result_lines, MANY, TIME))


def test_screens_of_submitted_documents() -> None:
    documents = [submitted(OPEN), submitted(APPROVED, "5b" * 32), submitted(ReviewView(SUPERSEDED))]
    check_screens("submit-one", partial(submission_lines, documents[:1], Until.INSPECTED, TIME))
    check_screens("submit-many", partial(submission_lines, documents, Until.INSPECTED, TIME))
