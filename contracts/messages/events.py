"""Events on the custom topic. They carry ids, hashes and outcomes; no comments, no content."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from compliance.outcome import Answer, Outcome, ReviewState
from compliance.review import Head, RecordedDecision
from contracts.messages.outbound import DecisionFacts, DocumentFacts, PolicyFacts, document_facts, policy_facts
from contracts.models import OutboundModel

REVIEW_COMPLETED: Final = "compliance.review.completed.v1"
DOCUMENT_RETRACTED: Final = "compliance.document.retracted.v1"
DECISION_REFUSED: Final = "compliance.decision.refused.v1"
SUBMISSION_REFUSED: Final = "compliance.submission.refused.v1"
EVENT_SOURCE: Final = "/compliance/reviews"

# Event Grid hands the event on to Service Bus, where Standard takes 256 KB. Each of a decision's three names, of 640
# characters together, can take 12 bytes for a character in JSON: these many leave room for the document and the rest.
# https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
MOST_LISTED: Final = 25


class ReviewCompletedV1(OutboundModel):
    """Data of `compliance.review.completed.v1`.

    It lists the last decisions: where a decision has ended the review, it is the last one. The ledger has them all.
    """

    review_id: str
    """Id of the review, 64 lowercase hexadecimal digits; also the event's id."""
    document: DocumentFacts
    """The document version that was reviewed."""
    policy: PolicyFacts
    """The policy that the review followed."""
    case_id: str
    """Id of the first review of the case; this review's own if it is the first."""
    previous_review: str | None = None
    """Id of the review before this one in the same case; absent if this is the first."""
    outcome: Outcome
    """How the review ended."""
    reason: str | None = None
    """Why it ended so, such as `malware` or `approval_unreachable`; absent if the outcome says all."""
    location: str | None = None
    """Where the document is now, as `container/name`; absent if its bytes are gone."""
    decision_count: int
    """Number of all recorded decisions."""
    decisions: Annotated[tuple[DecisionFacts, ...], Field(max_length=MOST_LISTED)]
    """The last recorded decisions, in their order."""
    requested_at: datetime | None = None
    """When the reviewers' time began, in UTC; absent if the review ended before its document was inspected."""
    deadline: datetime | None = None
    """Until when decisions counted, in UTC; absent if the review ended before its document was inspected."""
    closed_at: datetime | None = None
    """When the review was closed, in UTC."""
    audit_records: int
    """Number of records of the audit trail that `auditDigest` covers."""
    audit_digest: str
    """Digest of the last of these records, SHA-256 as 64 lowercase hexadecimal digits. It proves the trail later to
    anyone who has kept this event."""


class DocumentRetractedV1(OutboundModel):
    """Data of `compliance.document.retracted.v1`."""

    review_id: str
    """Id of the review that had approved the document, 64 lowercase hexadecimal digits."""
    document: DocumentFacts
    """The document version that was taken back."""
    policy: PolicyFacts
    """The policy that says who may take it back."""
    retracted_by: str
    """Name of the person who took it back, as sent."""
    retracted_at: datetime
    """When the broker took the message, in UTC."""
    location: str | None = None
    """Where the document is now, as `container/name`; absent if its published copy had been replaced or removed."""
    audit_records: int
    """Number of records of the audit trail that `auditDigest` covers."""
    audit_digest: str
    """Digest of the last of these records, SHA-256 as 64 lowercase hexadecimal digits."""


class DecisionRefusedV1(OutboundModel):
    """Data of `compliance.decision.refused.v1`."""

    answer: Answer
    """Why the decision cannot count."""
    explanation: str
    """Text for people: why, and what to do."""
    review_id: str | None = None
    """Id of the review that the decision names; absent if it cannot be read."""
    decision_id: str | None = None
    """Id of the decision; absent if it cannot be read."""
    review_state: ReviewState | None = None
    """State of the review; absent if there is no such review."""


class SubmissionRefusedV1(OutboundModel):
    """Data of `compliance.submission.refused.v1`: about the message, or about a blob that nobody announced."""

    explanation: str
    """Text for people: what is wrong, and what to do."""
    reason: Answer | None = None
    """`proof_missing`, `proof_invalid` or `proof_replayed` if the proof of the submitter is at fault; else absent."""
    message_id: str | None = None
    """Id of the refused message; absent if the fault is in the blob itself."""
    document: DocumentFacts | None = None
    """The document version that cannot be reviewed; absent if the fault is in the message."""


def review_completed(head: Head, decisions: list[RecordedDecision]) -> ReviewCompletedV1:
    """Return the data of a closed review's completion event. Raises ValueError if it is not closed."""
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
                decision=row.decision.vote,
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


def document_retracted(head: Head) -> DocumentRetractedV1:
    """Return the data of the event that a document was taken back. Raises ValueError if it was not."""
    if head.retraction is None or head.audit_digest is None:
        raise ValueError(f"the document of review {head.review_id} was not taken back")
    return DocumentRetractedV1(
        review_id=head.review_id,
        document=document_facts(head),
        policy=policy_facts(head.policy),
        retracted_by=head.retraction.by,
        retracted_at=head.retraction.at,
        location=head.location,
        audit_records=head.last_audit,
        audit_digest=head.audit_digest,
    )
