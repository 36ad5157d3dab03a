"""A review as `--json` prints it: every key is there, whatever is known of the review."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cli.json_output import JsonOutput
from cli.reviews.events_in_words import who_acted
from cli.reviews.review_json import full_review_json, review_json
from cli.reviews.timeline import timeline
from cli.reviews.view import ReviewView
from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import ReviewState, Vote
from compliance.policy import Part, Stage
from compliance.review import RecordedDecision
from compliance.transitions import begin
from tests import builders
from tests.front_door import attest_submission

KEYS = {
    "reviewId",
    "state",
    "verdict",
    "outcome",
    "reason",
    "location",
    "document",
    "policy",
    "submitter",
    "modifier",
    "earlierSubmitters",
    "earlierModifiers",
    "retraction",
    "caseId",
    "previousReview",
    "stage",
    "waitsFor",
    "nextDue",
    "requestedAt",
    "deadline",
    "closedAt",
    "decisions",
    "approvalsGiven",
    "approvalsNeeded",
}
STORED_AT = datetime.fromisoformat("2026-03-02T09:30:01+00:00")


def printed(output: JsonOutput) -> dict[str, Any]:
    return output.model_dump(mode="json", by_alias=True)


def test_a_review_of_which_little_is_known_has_every_key():
    shape = printed(review_json(ReviewView(builders.uninspected_review(submitter=None))))
    assert set(shape) == KEYS
    assert (shape["deadline"], shape["submitter"], shape["decisions"]) == (None, None, [])
    assert set(shape["document"]) == {"container", "name", "etag", "sha256", "length", "findings"}


def test_a_decision_comes_with_its_comment():
    [row] = builders.recorded(Vote.APPROVE)
    [decision] = printed(review_json(ReviewView(builders.open_review(last_seq=1), [row])))["decisions"]
    assert set(decision) == {
        "seq",
        "decisionId",
        "decision",
        "reviewer",
        "onBehalfOf",
        "enqueuedAt",
        "comment",
        "proof",
    }
    assert (decision["decision"], decision["proof"]) == ("approve", "none")


def test_a_record_without_a_time_has_the_time_of_its_storage():
    record = AuditRecord(1, AuditEvent.REVIEW_OPENED, None, who="sam@example.org")
    view = ReviewView(builders.open_review(), records=[(record, STORED_AT)])
    shape = printed(full_review_json(view))

    assert set(shape) == KEYS | {
        "at",
        "earlier",
        "policyNow",
        "replaces",
        "nameTaken",
        "sameBytes",
        "rules",
        "whereabouts",
        "timeline",
        "newestReview",
        "refusedAttempts",
    }
    assert shape["timeline"] == [
        {
            "seq": 1,
            "event": "review_opened",
            "at": None,
            "storedAt": "2026-03-02T09:30:01Z",
            "who": "sam@example.org",
            "onBehalfOf": None,
            "proof": "none",
            "detail": None,
        }
    ]
    assert shape["rules"]["deadlineHours"] == builders.DEADLINE_AFTER / timedelta(hours=1)


def test_the_history_says_in_whose_place_somebody_decided_and_what_was_signed():
    decision = builders.decision(reviewer="zoe", on_behalf_of="dora", proof="a.b.c")
    head = builders.open_review(last_seq=1, withdrawal_proof="a.b.c")
    facts = {"decision": {"seq": 1, "sha256": "ab" * 32, "onBehalfOf": "dora"}}
    records = [
        AuditRecord(3, AuditEvent.DECISION_RECORDED, builders.REQUESTED_AT, "zoe", "approve", facts),
        AuditRecord(4, AuditEvent.REVIEW_WITHDRAWN, builders.REQUESTED_AT, "sam", "a wrong figure"),
        AuditRecord(5, AuditEvent.REVIEW_CLOSED, builders.REQUESTED_AT),
    ]
    view = ReviewView(head, [RecordedDecision(1, decision)], [(record, STORED_AT) for record in records])

    assert [who_acted(entry) for entry in timeline(view)] == ["zoe for dora (signed)", "sam (signed)", None]


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        (None, "ann"),
        (attest_submission(), "ann (signed in)"),
        (attest_submission(otp=True), "ann (signed in, with a code)"),
        ("a.b.c", "ann (signed)"),
    ],
)
def test_the_history_says_whether_somebody_had_signed_it_or_signed_in(proof: str | None, said: str):
    """Nobody who has signed in has a signature: the front door vouches for them."""
    view = ReviewView(
        builders.open_review(submission_proof=proof),
        records=[(AuditRecord(1, AuditEvent.REVIEW_OPENED, None, who="ann"), STORED_AT)],
    )

    assert [who_acted(entry) for entry in timeline(view)] == [said]


def test_an_open_review_says_whom_it_waits_for_and_what_is_due_next():
    stages = (Stage("legal", (Part(("reviewer-1@example.org", "ben", "sam@example.org"), 2),)),)
    policy = builders.policy(stages=stages, reminders=(timedelta(hours=24),))
    begun = begin(builders.uninspected_review(policy=policy), builders.document(), builders.REQUESTED_AT, None).head
    [row] = builders.recorded(Vote.APPROVE)
    shape = printed(review_json(ReviewView(replace(begun, last_seq=1), [row])))

    assert (shape["stage"], shape["waitsFor"]) == ("legal", ["ben"])  # nor the submitter
    assert shape["nextDue"] == {"kind": "reminder", "at": "2026-03-03T09:30:00Z"}


def test_a_decided_review_waits_for_nobody():
    stages = (Stage("legal", (Part(("ben",)),)),)
    decided = builders.open_review(policy=builders.policy(stages=stages), state=ReviewState.DECIDED)
    shape = printed(review_json(ReviewView(decided)))
    assert (shape["waitsFor"], shape["nextDue"]) == ([], None)
