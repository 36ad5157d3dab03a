"""The keys that programs find in `--json`, whatever is known of a review."""

from __future__ import annotations

from datetime import timedelta

from adapters.ledger import StoredReview
from cli.shapes import review_in_full, review_shape
from compliance.outcome import Verdict
from compliance.review import AuditEvent, AuditRecord
from tests import builders

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
    "requestedAt",
    "deadline",
    "closedAt",
    "decisions",
}
STORED_AT = "2026-03-02T09:30:01+00:00"


def test_a_review_of_which_little_is_known_has_every_key():
    little = StoredReview(builders.uninspected_review(submitter=None), [], etag="")
    shape = review_shape(little).model_dump(mode="json", by_alias=True)
    assert set(shape) == KEYS
    assert (shape["deadline"], shape["submitter"], shape["decisions"]) == (None, None, [])
    assert set(shape["document"]) == {"container", "name", "etag", "sha256", "length"}


def test_a_decision_comes_with_its_comment():
    [row] = builders.recorded(Verdict.APPROVE)
    decided = StoredReview(builders.open_review(last_seq=1), [row], etag="")
    [decision] = review_shape(decided).model_dump(mode="json", by_alias=True)["decisions"]
    assert set(decision) == {"seq", "decisionId", "decision", "reviewer", "enqueuedAt", "comment"}
    assert decision["decision"] == "approve"


def test_a_record_without_a_time_has_the_time_of_its_storage():
    record = AuditRecord(1, AuditEvent.REVIEW_OPENED, None, who="sam@example.org")
    review = StoredReview(builders.open_review(), [], etag="")
    shape = review_in_full(review, "pending/x", [(record, STORED_AT)]).model_dump(mode="json", by_alias=True)
    assert set(shape) == KEYS | {"rules", "whereabouts", "timeline"}
    assert shape["timeline"] == [
        {
            "seq": 1,
            "event": "review_opened",
            "at": None,
            "storedAt": "2026-03-02T09:30:01Z",
            "who": "sam@example.org",
            "detail": None,
        }
    ]
    assert shape["rules"]["deadlineHours"] == builders.DEADLINE_AFTER / timedelta(hours=1)
