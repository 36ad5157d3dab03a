"""What follows from what was found in a document's content."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from compliance.content import NOTE, REFUSE, ContentFinding, ContentPolicy, Finding, Measure
from compliance.outcome import Reason, ReviewState, Verdict
from compliance.policy import Part, Stage
from compliance.policy_changes import require_approvals
from compliance.transitions import begin, record
from tests.builders import REQUESTED_AT, decision, document, policy, uninspected_review

DEFAULT = ContentPolicy()


def found(*kinds: ContentFinding) -> tuple[Finding, ...]:
    return tuple(Finding(kind, "words for people") for kind in kinds)


@pytest.mark.parametrize("kind", ContentFinding)
def test_every_finding_can_be_refused_with_a_reason_of_its_own(kind: ContentFinding) -> None:
    measures: dict[str, Any] = {
        each.name: REFUSE for each in fields(ContentPolicy) if isinstance(each.default, Measure)
    }
    everything = ContentPolicy(**measures)
    reason = everything.refusal(found(kind))

    assert reason
    assert reason == (Reason.CONTENT_MISMATCH if kind is ContentFinding.TYPE_MISMATCH else kind)


def test_by_default_what_ordinary_documents_have_is_noted_and_the_rest_refused() -> None:
    noted = {kind for kind in ContentFinding if DEFAULT.refusal(found(kind)) is None}

    assert noted == {
        ContentFinding.EMPTY,
        ContentFinding.ENCRYPTED,
        ContentFinding.MACROS,
        ContentFinding.ACTIVE_CONTENT,
        ContentFinding.EXECUTABLE,
        ContentFinding.EXTERNAL_CONTENT,
        ContentFinding.FORMULA,
        ContentFinding.ATTACHMENT,
        ContentFinding.HIDDEN_MATTER,
        ContentFinding.SENSITIVITY_LABEL,
        ContentFinding.OTHER_FORMAT,
        ContentFinding.MISLEADING_NAME,
        ContentFinding.RESTRICTED,
        ContentFinding.NOT_INSPECTED,
    }


def test_malware_and_types_that_are_not_allowed_are_refused_whatever_the_policy() -> None:
    lenient = ContentPolicy(type_mismatch=NOTE, archive_bomb=NOTE, scan_missing=NOTE)
    refused = {kind for kind in ContentFinding if lenient.refusal(found(kind))}

    assert refused == {ContentFinding.MALWARE, ContentFinding.TYPE_NOT_ALLOWED}


def test_the_first_finding_that_is_refused_gives_the_reason() -> None:
    several = found(ContentFinding.MACROS, ContentFinding.ARCHIVE_BOMB, ContentFinding.MALWARE)

    assert DEFAULT.refusal(several) is Reason.ARCHIVE_BOMB
    assert DEFAULT.refusal(()) is None


def test_findings_are_kept_and_a_refused_one_rejects_before_anybody_is_asked() -> None:
    bomb = found(ContentFinding.ARCHIVE_BOMB)
    head = begin(uninspected_review(), document(), REQUESTED_AT, None, findings=bomb).head

    assert (head.state, head.verdict, head.reason) == (ReviewState.DECIDED, Verdict.REJECT, Reason.ARCHIVE_BOMB)
    assert head.findings == bomb


def test_a_noted_finding_changes_nothing_else() -> None:
    review = uninspected_review()
    head = begin(review, document(), REQUESTED_AT, None, findings=found(ContentFinding.MACROS)).head

    assert (head.state, head.policy) == (ReviewState.OPEN, review.policy)
    assert head.findings == found(ContentFinding.MACROS)


def test_a_finding_that_asks_for_more_approvals_gets_them() -> None:
    stricter = policy(content=ContentPolicy(macros=Measure(approvals=2), encrypted=Measure(approvals=3)))
    review = uninspected_review(policy=stricter)
    begun = begin(review, document(), REQUESTED_AT, None, findings=found(ContentFinding.MACROS)).head
    first = record(begun, (), decision())
    assert first
    assert first.transition.decision
    second = record(
        first.head, (first.transition.decision,), decision(decision_id="second", reviewer="ben@example.org")
    )
    assert second

    assert (first.head.state, second.head.verdict) == (ReviewState.OPEN, Verdict.APPROVE)


def test_more_approvals_than_people_make_approval_unreachable_at_once() -> None:
    stages = (Stage("review", (Part(("sam@example.org", "ann@example.org")),)),)
    stricter = policy(content=ContentPolicy(macros=Measure(approvals=2)), stages=stages)
    review = uninspected_review(policy=stricter, submitter="sam@example.org")

    head = begin(review, document(), REQUESTED_AT, None, findings=found(ContentFinding.MACROS)).head

    assert (head.verdict, head.reason) == (Verdict.REJECT, Reason.APPROVAL_UNREACHABLE)


def test_only_the_last_stage_is_tightened_and_no_part_is_loosened() -> None:
    first = Stage("legal", (Part(("a", "b", "c"), 1),))
    last = Stage("board", (Part(("d", "e", "f"), 3), Part(("g", "h"), None), Part(("i", "j"), 1)))

    stages = require_approvals(policy(stages=(first, last)), 2).stages

    assert stages[0] == first
    assert [part.approvals_needed for part in stages[1].parts] == [3, None, 2]
