"""What `--json` prints of a review: every key always there, unknown values null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from adapters.ledger.store import StoredReview
from cli.reviews.case import EarlierReviewShape, earlier_review_shape
from cli.reviews.wording import due, waits_for
from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import AuditEvent, AuditRecord, Decision, Head, RecordedDecision
from compliance.schedule import DueKind
from contracts.messages.outbound import DecisionFacts, DocumentFacts, PolicyFacts, document_facts, policy_facts
from contracts.models import OutboundModel


class DecisionShape(DecisionFacts):
    """A decision that counts, with its comment: who may read the ledger may read it."""

    seq: int
    comment: str | None
    signed: bool  # with a proof of identity, which was checked when it arrived


class DueShape(OutboundModel):
    """What is due next in an open review."""

    kind: DueKind
    at: datetime


class ReviewShape(OutboundModel):
    """Where a review stands."""

    review_id: str
    state: ReviewState
    verdict: Verdict | None
    outcome: Outcome | None
    reason: str | None
    location: str | None
    document: DocumentFacts
    policy: PolicyFacts
    submitter: str | None
    modifier: str | None
    case_id: str  # the first review of its case
    previous_review: str | None
    stage: str  # the open one, or the one in which it was decided
    waits_for: tuple[str, ...]  # who of the open stage may still decide; empty: anyone, or nobody
    next_due: DueShape | None
    requested_at: datetime | None
    deadline: datetime | None
    closed_at: datetime | None
    decisions: tuple[DecisionShape, ...]


class PartShape(OutboundModel):
    """Some reviewers of a stage. None named: anyone who may send decisions."""

    group: str | None
    reviewers: tuple[str, ...]
    approvals_needed: int | None  # null: all of them who may decide


class StageShape(OutboundModel):
    """A stage, done when each of its parts has its approvals."""

    name: str
    parts: tuple[PartShape, ...]


class RulesShape(OutboundModel):
    """What the policy asked for when the review opened."""

    stages: tuple[StageShape, ...]
    reject_veto: bool
    may_change_mind: bool
    separation_of_duties: bool
    comment_required_on_reject: bool
    deadline_hours: float
    archive_tier: str
    max_bytes: int


class EventShape(OutboundModel):
    """One line of a review's history; `at` is null where only storage knows the time."""

    seq: int
    event: str
    at: datetime | None
    stored_at: datetime
    who: str | None
    on_behalf_of: str | None  # in whose place that one has decided
    signed: bool  # a decision or withdrawal with a proof of identity
    detail: str | None


class ReviewInFull(ReviewShape):
    """A review with the earlier ones of its case, its rules, its history, and where the document is now."""

    earlier: tuple[EarlierReviewShape, ...]
    rules: RulesShape
    whereabouts: str
    timeline: tuple[EventShape, ...]


def review_shape(review: StoredReview) -> ReviewShape:
    """A review as `list` and `submit --wait` print it."""
    return ReviewShape(**_standing(review))


def review_in_full(
    review: StoredReview,
    whereabouts: str,
    history: list[tuple[AuditRecord, str]],
    earlier: Sequence[StoredReview] = (),
) -> ReviewInFull:
    """A review as `show` prints it."""
    policy = review.head.policy
    rules = RulesShape(
        stages=tuple(StageShape.model_validate(asdict(stage)) for stage in policy.stages),
        reject_veto=policy.reject_veto,
        may_change_mind=policy.may_change_mind,
        separation_of_duties=policy.separation_of_duties,
        comment_required_on_reject=policy.comment_required_on_reject,
        deadline_hours=policy.deadline / timedelta(hours=1),
        archive_tier=policy.archive_tier,
        max_bytes=policy.max_bytes,
    )
    said = {row.seq: row.decision for row in review.decisions}
    timeline = tuple(_event(review.head, said.get(_decision_of(record)), record, at) for record, at in history)
    return ReviewInFull(
        **_standing(review),
        earlier=tuple(map(earlier_review_shape, earlier)),
        rules=rules,
        whereabouts=whereabouts,
        timeline=timeline,
    )


def _decision_of(record: AuditRecord) -> int:
    """The number of the decision that a record tells of; 0 for none. What was tampered with is for `verify` to name."""
    match record.facts:
        case {"decision": {"seq": int(seq)}}:
            return seq
    return 0


def _event(head: Head, said: Decision | None, record: AuditRecord, stored_at: str) -> EventShape:
    withdrawn = record.event == AuditEvent.REVIEW_WITHDRAWN
    return EventShape(
        seq=record.seq,
        event=record.event,
        at=record.at,
        stored_at=datetime.fromisoformat(stored_at),
        who=record.who,
        on_behalf_of=said.on_behalf_of if said else None,
        signed=bool(head.withdrawal_proof if withdrawn else said and said.proof),
        detail=record.detail,
    )


def _standing(review: StoredReview) -> dict[str, Any]:
    head, next_due = review.head, due(review.head)
    return {
        "review_id": head.review_id,
        "state": head.state,
        "verdict": head.verdict,
        "outcome": head.outcome,
        "reason": head.reason,
        "location": head.location,
        "document": document_facts(head),
        "policy": policy_facts(head.policy),
        "submitter": head.submitter,
        "modifier": head.modifier,
        "case_id": head.case,
        "previous_review": head.previous_review,
        "stage": head.policy.stages[head.stage].name,
        "waits_for": waits_for(review),
        "next_due": DueShape(kind=next_due.kind, at=next_due.at) if next_due else None,
        "requested_at": head.requested_at,
        "deadline": head.deadline,
        "closed_at": head.closed_at,
        "decisions": tuple(_decision(row) for row in review.decisions),
    }


def _decision(row: RecordedDecision) -> DecisionShape:
    decision = row.decision
    return DecisionShape(
        seq=row.seq,
        decision_id=decision.decision_id,
        decision=decision.verdict,
        reviewer=decision.reviewer,
        on_behalf_of=decision.on_behalf_of,
        enqueued_at=decision.enqueued_at,
        comment=decision.comment,
        signed=decision.proof is not None,
    )
