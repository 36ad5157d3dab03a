"""Lines of `compliance show` that only some reviews have."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters.policies import load_policies
from cli.reviews.reading import _policy_now
from cli.reviews.review_text import review_in_full
from cli.reviews.view import ReviewView
from contracts.messages.outbound import NameTakenFacts
from tests import builders
from tests.unit.cli.screens import TIME

SINCE = datetime.fromisoformat("2026-03-02T09:30:01+00:00")


def text_of(view: ReviewView) -> str:
    return "\n".join(line.plain for line in review_in_full(view, TIME, None))


@pytest.mark.parametrize(
    ("review", "whose"),
    [
        (None, "a blob that no review vouches for"),
        ("ab" * 32, "the document submissions/a/plan.txt of review abababababab"),
    ],
)
def test_a_published_name_that_is_taken(review: str | None, whose: str) -> None:
    container = "submissions" if review else None
    taken = NameTakenFacts(location="published/a/plan.txt", review_id=review, container=container, since=SINCE)
    said = f"published/a/plan.txt has been taken since yesterday 10:30 by {whose}; an approval would end as failed"
    assert said in text_of(ReviewView(builders.open_review(), name_taken=taken))
    assert "Not free" not in text_of(ReviewView(builders.open_review()))


def test_a_policy_file_that_has_other_rules_by_now(tmp_path: Path) -> None:
    file = tmp_path / "policies.yaml"
    file.write_text("version: '2'\npolicies:\n  - documentClass: default\n")
    head = builders.open_review(policy=load_policies(file).by_class["default"])
    assert _policy_now(file, head) is None
    file.write_text("version: '3'\npolicies:\n  - documentClass: default\n")
    assert _policy_now(file, head) is None  # the same rules

    file.write_text("version: '4'\npolicies:\n  - documentClass: default\n    deadlineHours: 5\n")
    assert _policy_now(file, head) == "4"
    removed = replace(head, policy=replace(head.policy, document_class="contract"))
    assert _policy_now(file, removed) == "4"
    said = "Policy now   version 4 of the file here has other rules; the review keeps its own"
    assert said in text_of(ReviewView(head, policy_now="4"))

    file.write_text("policies: none\n")
    assert _policy_now(file, head) is None
