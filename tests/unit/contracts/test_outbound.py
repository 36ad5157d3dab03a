"""What we send: exactly these keys, and nothing that a reader has no business to know."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from compliance.outcome import Answer, Outcome, Reason, ReviewState, Verdict, Vote
from compliance.review import Head, RecordedDecision
from compliance.transitions import close, record
from contracts.messages.events import MOST_LISTED, DecisionRefusedV1, SubmissionRefusedV1, review_completed
from contracts.messages.outbound import DecisionAnsweredV1, ReviewRequestedV1, document_facts, policy_facts
from tests.builders import DEADLINE, ETAG, REVIEWER, SHA256, decision, open_review, recorded

DOCUMENT = {
    "container": "pending",
    "name": "reports/annual report.pdf",
    "etag": ETAG,
    "sha256": SHA256,
    "length": 2048,
}
POLICY = {"documentClass": "default", "version": "1", "sha256": "ab" * 32}


def closed_review(**changes: object) -> tuple[Head, list[RecordedDecision]]:
    """Return a review that one reviewer approved, with the row of that decision."""
    done = record(open_review(), [], decision(comment="my phone is 555-0100"))
    assert done
    assert done.transition.decision
    closed = close(done.head, DEADLINE - timedelta(hours=1), "published/reports/annual report.pdf").head
    return replace(closed, audit_digest="a4" * 32, **changes), [done.transition.decision]


def test_a_request_says_what_to_review_until_when_and_who_is_asked() -> None:
    head = open_review()
    request = ReviewRequestedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        stage="review",
        deadline=DEADLINE,
        round="request",
        environment="contoso-test",
        audience=("rita@example.org",),
    )
    assert request.wire() == {
        "type": "ReviewRequestedV1",
        "reviewId": head.review_id,
        "document": DOCUMENT,
        "policy": POLICY,
        "stage": "review",
        "deadline": "2026-03-05T09:30:00Z",
        "round": "request",
        "environment": "contoso-test",
        "audience": ["rita@example.org"],
    }


def test_an_answer_says_what_became_of_the_decision_and_how_far_the_review_is() -> None:
    answered = DecisionAnsweredV1(
        answer=Answer.LATE,
        explanation="the review was already decided",
        review_id="0" * 64,
        decision_id="decision-1",
        review_state=ReviewState.CLOSED,
        verdict=Verdict.APPROVE,
        outcome=Outcome.APPROVED,
        environment="contoso-test",
    )
    assert answered.wire() == {
        "type": "DecisionAnsweredV1",
        "answer": "late",
        "explanation": "the review was already decided",
        "reviewId": "0" * 64,
        "decisionId": "decision-1",
        "reviewState": "closed",
        "verdict": "approve",
        "outcome": "approved",
        "environment": "contoso-test",
    }


def test_an_answer_to_what_could_not_be_read_leaves_out_what_is_not_known() -> None:
    answered = DecisionAnsweredV1(answer=Answer.MALFORMED, explanation="the body is empty", environment="local")
    assert answered.wire() == {
        "type": "DecisionAnsweredV1",
        "answer": "malformed",
        "explanation": "the body is empty",
        "environment": "local",
    }


def test_a_completion_says_how_the_review_ended_and_on_whose_word() -> None:
    head, rows = closed_review()
    assert review_completed(head, rows).wire() == {
        "reviewId": head.review_id,
        "document": DOCUMENT,
        "policy": POLICY,
        "caseId": head.review_id,
        "outcome": "approved",
        "location": "published/reports/annual report.pdf",
        "decisionCount": 1,
        "decisions": [
            {
                "decisionId": "decision-1",
                "decision": "approve",
                "reviewer": REVIEWER,
                "enqueuedAt": "2026-03-02T10:30:00Z",
            }
        ],
        "requestedAt": "2026-03-02T09:30:00Z",
        "deadline": "2026-03-05T09:30:00Z",
        "closedAt": "2026-03-05T08:30:00Z",
        "auditRecords": 3,
        "auditDigest": "a4" * 32,
    }


def test_a_completion_names_the_case_and_the_review_before() -> None:
    head, rows = closed_review(case_id="c" * 64, previous_review="d" * 64)
    said = review_completed(head, rows).wire()
    assert (said["caseId"], said["previousReview"]) == ("c" * 64, "d" * 64)


def test_a_completion_says_why_where_the_outcome_does_not() -> None:
    head, _ = closed_review(outcome=Outcome.FAILED, location=None, reason=Reason.TARGET_TAKEN)
    said = review_completed(head, []).wire()
    assert (said["outcome"], said["reason"], said["decisions"]) == ("failed", "target_taken", [])
    assert "location" not in said


def test_a_completion_lists_the_last_of_many_decisions_and_says_how_many_there_were() -> None:
    head, _ = closed_review()
    rows = recorded(*[Vote.APPROVE] * (MOST_LISTED + 2))
    said = review_completed(head, rows)

    assert said.decision_count == len(rows)
    assert [each.decision_id for each in said.decisions] == [row.decision.decision_id for row in rows[2:]]


def test_no_event_carries_a_comment() -> None:
    head, rows = closed_review()
    assert rows[0].decision.comment
    assert rows[0].decision.comment not in json.dumps(review_completed(head, rows).wire())


def test_a_review_that_is_not_closed_cannot_be_announced() -> None:
    with pytest.raises(ValueError, match="not closed"):
        review_completed(open_review(), [])


def test_a_refusal_says_which_decision_and_why() -> None:
    refused = DecisionRefusedV1(
        answer=Answer.WRONG_VERSION,
        explanation="other bytes",
        review_id="0" * 64,
        decision_id="decision-1",
        review_state=ReviewState.OPEN,
    )
    assert refused.wire() == {
        "answer": "wrong_version",
        "explanation": "other bytes",
        "reviewId": "0" * 64,
        "decisionId": "decision-1",
        "reviewState": "open",
    }


def test_a_refused_submission_is_named_by_its_message() -> None:
    refused = SubmissionRefusedV1(explanation="the body is empty", message_id="m-1")
    assert refused.wire() == {"explanation": "the body is empty", "messageId": "m-1"}
