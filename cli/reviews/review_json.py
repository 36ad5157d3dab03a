"""A review as `--json` prints it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cli.json_output import JsonOutput
from cli.reviews.rules import RulesJson, rules_json
from cli.reviews.timeline import TimelineEntry, level_of, timeline
from cli.reviews.view import RefusedAttempt, ReviewView
from compliance.content import ContentFinding
from compliance.outcome import Outcome, ReviewState, Verdict, Vote
from compliance.people.levels import Level
from compliance.review import Head, RecordedDecision
from compliance.schedule import DueKind
from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts


class FindingJson(JsonOutput):
    """A finding of the document's inspection."""

    kind: ContentFinding
    detail: str


class DocumentJson(JsonOutput):
    """The document version under review."""

    container: str
    name: str
    etag: str
    sha256: str | None  # null until it is inspected
    length: int | None  # bytes
    findings: tuple[FindingJson, ...] | None


class PolicyJson(JsonOutput):
    """The policy that the review follows."""

    document_class: str
    version: str
    sha256: str


class DueJson(JsonOutput):
    """The next thing due in an open review."""

    kind: DueKind
    at: datetime


class DecisionJson(JsonOutput):
    """A decision that counts."""

    seq: int
    decision_id: str
    decision: Vote
    reviewer: str
    on_behalf_of: str | None  # whose place it fills, if not the reviewer's own
    enqueued_at: datetime
    comment: str | None
    proof: Level  # by which it is known who sent it


class RetractionJson(JsonOutput):
    """The taking back of a published document."""

    by: str
    at: datetime
    done: bool  # false until it is no longer published


class ReviewJson(JsonOutput):
    """A review in a list."""

    review_id: str
    state: ReviewState
    verdict: Verdict | None
    outcome: Outcome | None
    reason: str | None
    location: str | None
    document: DocumentJson
    policy: PolicyJson
    submitter: str | None
    modifier: str | None
    earlier_submitters: tuple[str, ...]  # known from earlier versions in the same case; they may not decide either
    earlier_modifiers: tuple[str, ...]
    case_id: str  # the first review of its case
    previous_review: str | None
    stage: str
    waits_for: tuple[str, ...] | None
    next_due: DueJson | None
    requested_at: datetime | None
    deadline: datetime | None
    closed_at: datetime | None
    retraction: RetractionJson | None
    decisions: tuple[DecisionJson, ...]
    approvals_given: int  # in its stage
    approvals_needed: int


class ChangesJson(JsonOutput):
    """A request for changes."""

    reviewer: str
    comment: str | None
    enqueued_at: datetime


class EarlierReviewJson(JsonOutput):
    """An earlier review of the same case."""

    review_id: str
    state: ReviewState
    outcome: Outcome | None
    reason: str | None
    closed_at: datetime | None
    changes_requested: ChangesJson | None


class FullReviewJson(ReviewJson):
    """A review with everything that `show` has on it."""

    at: datetime | None
    earlier: tuple[EarlierReviewJson, ...] | None
    replaces: PublishedFacts | None  # the published version that an approval would replace; null if the review is over
    name_taken: NameTakenFacts | None  # another document's blob under the published name; an approval would fail
    same_bytes: tuple[SameBytesFacts, ...] | None  # the last three other reviews of the same bytes
    policy_now: str | None  # version of the policy file here if its rules for the class are others by now
    rules: RulesJson | None
    whereabouts: str | None
    timeline: tuple[TimelineEntry, ...]
    newest_review: str | None  # of the same document name, if it is another one
    refused_attempts: tuple[RefusedAttempt, ...] | None  # messages about it that are in quarantine; null if not read


def review_json(view: ReviewView) -> ReviewJson:
    """Return what `list` and `submit --wait` print."""
    return ReviewJson(**_fields(view))


def full_review_json(view: ReviewView) -> FullReviewJson:
    """Return what `show` prints."""
    return FullReviewJson(
        **_fields(view),
        at=view.at,
        earlier=None if view.earlier is None else tuple(map(_earlier_review, view.earlier)),
        replaces=view.replaces,
        name_taken=view.name_taken,
        same_bytes=None if view.same_bytes is None else tuple(view.same_bytes),
        policy_now=view.policy_now,
        rules=rules_json(view.head.policy) if view.rules_known else None,
        whereabouts=view.whereabouts,
        timeline=tuple(timeline(view)),
        newest_review=view.newer.review_id if view.newer else None,
        refused_attempts=None if view.refused is None else tuple(view.refused),
    )


def _fields(view: ReviewView) -> dict[str, Any]:
    head, next_due, retraction = view.head, view.next_due, view.head.retraction
    return {
        "review_id": head.review_id,
        "state": head.state,
        "verdict": head.verdict,
        "outcome": head.outcome,
        "reason": head.reason,
        "location": head.location,
        "document": _document(head),
        "policy": PolicyJson(
            document_class=head.policy.document_class, version=head.policy.version, sha256=head.policy.sha256
        ),
        "submitter": head.submitter,
        "modifier": head.modifier,
        "earlier_submitters": head.earlier_submitters,
        "earlier_modifiers": head.earlier_modifiers,
        "case_id": head.case,
        "previous_review": head.previous_review,
        "stage": view.stage,
        "waits_for": view.waits_for,
        "next_due": DueJson(kind=next_due.kind, at=next_due.at) if next_due else None,
        "requested_at": head.requested_at,
        "deadline": head.deadline,
        "closed_at": head.closed_at,
        "retraction": RetractionJson(by=retraction.by, at=retraction.at, done=retraction.done) if retraction else None,
        "decisions": tuple(map(_decision, view.decisions)),
        "approvals_given": view.approvals[0],
        "approvals_needed": view.approvals[1],
    }


def _document(head: Head) -> DocumentJson:
    document = head.document
    return DocumentJson(
        container=document.container,
        name=document.name,
        etag=document.etag,
        sha256=document.sha256,
        length=document.length,
        findings=tuple(FindingJson(kind=finding.kind, detail=finding.detail) for finding in head.findings) or None,
    )


def _decision(row: RecordedDecision) -> DecisionJson:
    decision = row.decision
    return DecisionJson(
        seq=row.seq,
        decision_id=decision.decision_id,
        decision=decision.vote,
        reviewer=decision.reviewer,
        on_behalf_of=decision.on_behalf_of,
        enqueued_at=decision.enqueued_at,
        comment=decision.comment,
        proof=level_of(decision.proof),
    )


def _earlier_review(view: ReviewView) -> EarlierReviewJson:
    head, asked = view.head, view.requested_changes
    changes = (
        ChangesJson(reviewer=asked.reviewer, comment=asked.comment, enqueued_at=asked.enqueued_at) if asked else None
    )
    return EarlierReviewJson(
        review_id=head.review_id,
        state=head.state,
        outcome=head.outcome,
        reason=head.reason,
        closed_at=head.closed_at,
        changes_requested=changes,
    )
