"""Messages and events that we send. Events carry ids, hashes and outcomes; no comments, no content."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from compliance.content import ContentFinding
from compliance.outcome import Answer, Outcome, ReviewState
from compliance.policy import Policy
from compliance.review import Head, RecordedDecision
from contracts.models import OutboundModel

REVIEW_COMPLETED: Final = "compliance.review.completed.v1"
DECISION_REFUSED: Final = "compliance.decision.refused.v1"
SUBMISSION_REFUSED: Final = "compliance.submission.refused.v1"
EVENT_SOURCE: Final = "/compliance/reviews"

# Event Grid hands the event on to Service Bus, where Standard takes 256 KB. Each of a decision's three names, of 640
# characters together, can take 12 bytes for a character in JSON: these many leave room for the document and the rest.
# https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
MOST_LISTED: Final = 25


class FindingFacts(OutboundModel):
    """Something worth knowing of a document's content."""

    kind: ContentFinding
    detail: str  # words and numbers of ours, nothing that the document says


class DocumentFacts(OutboundModel):
    """The document version that a message is about."""

    container: str
    name: str
    etag: str
    sha256: str | None = None
    length: int | None = None
    findings: tuple[FindingFacts, ...] | None = None  # of its inspection; absent: nothing


class PolicyFacts(OutboundModel):
    """The policy that the review follows, by name, version and hash."""

    document_class: str
    version: str
    sha256: str


class DecisionFacts(OutboundModel):
    """A recorded decision, without its comment."""

    decision_id: str
    decision: str
    reviewer: str
    on_behalf_of: str | None = None  # who had delegated it, and whose vote it is
    enqueued_at: datetime


class ReviewRequestedV1(OutboundModel):
    """Reviewers are asked or reminded, or a review is escalated, on topic `review-requests`."""

    type: Literal["ReviewRequestedV1"] = "ReviewRequestedV1"
    review_id: str
    document: DocumentFacts
    policy: PolicyFacts
    stage: str  # the open one
    deadline: datetime
    round: Literal["request", "reminder", "escalation"]
    audience: tuple[str, ...]  # who of the stage has not decided, or whom the policy escalates to; empty: anyone


class DecisionAnsweredV1(OutboundModel):
    """The answer to a decision, on queue `decision-replies`; correlation id = the decision's message id."""

    type: Literal["DecisionAnsweredV1"] = "DecisionAnsweredV1"
    answer: Answer
    explanation: str | None = None
    review_id: str | None = None
    decision_id: str | None = None
    review_state: ReviewState | None = None
    verdict: str | None = None
    outcome: Outcome | None = None


class ReviewCompletedV1(OutboundModel):
    """Data of `compliance.review.completed.v1`.

    It lists the last decisions: where a decision has ended the review, it is the last one. The ledger has them all.
    """

    review_id: str
    document: DocumentFacts
    policy: PolicyFacts
    case_id: str  # the first review of the case; this one where it is the first
    previous_review: str | None = None  # the one in the same case before this one
    outcome: Outcome
    reason: str | None = None
    location: str | None = None
    decision_count: int  # of all that were recorded
    decisions: Annotated[tuple[DecisionFacts, ...], Field(max_length=MOST_LISTED)]  # the last ones, in their order
    requested_at: datetime | None = None
    deadline: datetime | None = None
    closed_at: datetime | None = None
    audit_records: int  # how many records of the audit trail `audit_digest` covers
    audit_digest: str  # of the last of them, SHA-256 in hex; whoever keeps this event can prove the trail later


class DecisionRefusedV1(OutboundModel):
    """Data of `compliance.decision.refused.v1`."""

    answer: Answer
    explanation: str
    review_id: str | None = None
    decision_id: str | None = None
    review_state: ReviewState | None = None


class SubmissionRefusedV1(OutboundModel):
    """Data of `compliance.submission.refused.v1`: about the message, or about a blob that nobody announced."""

    explanation: str
    message_id: str | None = None
    document: DocumentFacts | None = None


def document_facts(head: Head) -> DocumentFacts:
    """The document of a review as messages name it."""
    document = head.document
    return DocumentFacts(
        container=document.container,
        name=document.name,
        etag=document.etag,
        sha256=document.sha256,
        length=document.length,
        findings=tuple(FindingFacts(kind=found.kind, detail=found.detail) for found in head.findings) or None,
    )


def policy_facts(policy: Policy) -> PolicyFacts:
    """The policy of a review as messages name it."""
    return PolicyFacts(document_class=policy.document_class, version=policy.version, sha256=policy.sha256)


def review_completed(head: Head, decisions: list[RecordedDecision]) -> ReviewCompletedV1:
    """What is announced of a closed review. Raises ValueError while it is not closed."""
    if head.outcome is None or head.audit_digest is None:
        raise ValueError(f"review {head.review_id} is not closed and cannot be announced")
    return ReviewCompletedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        case_id=head.case,
        previous_review=head.previous_review,
        outcome=head.outcome,
        reason=head.reason,
        location=head.location,
        decision_count=len(decisions),
        decisions=tuple(
            DecisionFacts(
                decision_id=row.decision.decision_id,
                decision=row.decision.verdict,
                reviewer=row.decision.reviewer,
                on_behalf_of=row.decision.on_behalf_of,
                enqueued_at=row.decision.enqueued_at,
            )
            for row in decisions[-MOST_LISTED:]
        ),
        requested_at=head.requested_at,
        deadline=head.deadline,
        closed_at=head.closed_at,
        audit_records=head.last_audit,
        audit_digest=head.audit_digest,
    )
