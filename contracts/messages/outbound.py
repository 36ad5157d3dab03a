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
DOCUMENT_RETRACTED: Final = "compliance.document.retracted.v1"
DECISION_REFUSED: Final = "compliance.decision.refused.v1"
SUBMISSION_REFUSED: Final = "compliance.submission.refused.v1"
EVENT_SOURCE: Final = "/compliance/reviews"

# Event Grid hands the event on to Service Bus, where Standard takes 256 KB. Each of a decision's three names, of 640
# characters together, can take 12 bytes for a character in JSON: these many leave room for the document and the rest.
# https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
MOST_LISTED: Final = 25
MOST_EARLIER: Final = 10  # people of each kind in a request


class FindingFacts(OutboundModel):
    """Something worth knowing of a document's content."""

    kind: ContentFinding
    """Kind of the finding."""
    detail: str
    """The app's own text for people; nothing of the document's content is in it."""


class DocumentFacts(OutboundModel):
    """The document version that a message is about."""

    container: str
    """Container in which it was submitted."""
    name: str
    """Name of the blob there, not percent-encoded."""
    etag: str
    """ETag of the version, without quotes."""
    sha256: str | None = None
    """SHA-256 of the bytes: 64 lowercase hexadecimal digits; absent if the document was not read."""
    length: int | None = None
    """Length in bytes; absent if it is not known."""
    findings: tuple[FindingFacts, ...] | None = None
    """Findings of the inspection of its content; absent if there are none."""


class PolicyFacts(OutboundModel):
    """The policy that the review follows, by name, version and hash."""

    document_class: str
    """Name of the document class."""
    version: str
    """Version of the policy file, as its authors call it."""
    sha256: str
    """SHA-256 over the class's rules with groups and calendars spelled out, without the version: 64 lowercase
    hexadecimal digits."""


class DecisionFacts(OutboundModel):
    """A recorded decision, without its comment."""

    decision_id: str
    """Id that the sender gave the decision."""
    decision: str
    """What was decided: `approve`, `reject` or `request_changes`."""
    reviewer: str
    """Name of the person who decided, as sent."""
    on_behalf_of: str | None = None
    """Name of the person who had delegated the decision and whose vote it is; absent without a delegation."""
    enqueued_at: datetime
    """When the broker took the decision, in UTC; decides whether it was in time."""


class PublishedFacts(OutboundModel):
    """The published version of a document that an approval would replace."""

    review_id: str
    """Id of the review that approved it."""
    location: str
    """Where it is, as `container/name`."""
    since: datetime | None = None
    """When that review was closed, in UTC; absent if it is not known."""
    sha256: str | None = None
    """SHA-256 of its bytes: 64 lowercase hexadecimal digits."""


class SameBytesFacts(OutboundModel):
    """Another review of exactly the same bytes, perhaps under another name."""

    review_id: str
    """Id of that review."""
    container: str
    """Container in which the bytes were submitted."""
    name: str
    """Name of the blob there; another one if the document was renamed or copied."""
    state: ReviewState
    """How far that review is."""
    outcome: Outcome | None = None
    """How it ended; absent until it is closed."""
    reason: str | None = None
    """Why it ended so; absent if the outcome says all."""
    closed_at: datetime | None = None
    """When it was closed, in UTC; absent until then."""
    approvals: int
    """Number of its approvals."""
    rejections: int
    """Number of its rejections and requests for changes."""


class ReviewRequestedV1(OutboundModel):
    """Reviewers are asked or reminded, or a review is escalated, on topic `review-requests`."""

    type: Literal["ReviewRequestedV1"] = "ReviewRequestedV1"
    """Type of the message."""
    review_id: str
    """Id of the review, 64 lowercase hexadecimal digits; decisions name it."""
    document: DocumentFacts
    """The document version under review."""
    policy: PolicyFacts
    """The policy that the review follows."""
    submitter: str | None = None
    """Name of the submitter; absent if this version names none."""
    modifier: str | None = None
    """Name of the person who changed the document last; absent if this version names none."""
    earlier_submitters: tuple[str, ...] | None = None
    """Other submitters known from earlier versions in the same case, the last ten; absent if there are none."""
    earlier_modifiers: tuple[str, ...] | None = None
    """Other people known to have changed earlier versions in the same case, the last ten; absent if there are none."""
    replaces: PublishedFacts | None = None
    """The published version that an approval would replace; absent if none was published when the review opened."""
    same_bytes: tuple[SameBytesFacts, ...] | None = None
    """The last three other reviews of the same bytes, except superseded ones; absent if there are none."""
    stage: str
    """Name of the open stage."""
    deadline: datetime
    """Until when decisions count, in UTC."""
    round: Literal["request", "reminder", "escalation"]
    """Why the message is sent: the stage has opened, decisions are still missing, or the review is escalated."""
    environment: str
    """Name of the app's environment: decisions must go to this one's queue."""
    audience: tuple[str, ...]
    """Reviewers of the open stage who have not decided, or those to whom the review is escalated, spelled as in the
    policy; empty: anyone may decide."""


class DecisionAnsweredV1(OutboundModel):
    """The answer to a decision, on queue `decision-replies`; correlation id = the decision's message id."""

    type: Literal["DecisionAnsweredV1"] = "DecisionAnsweredV1"
    """Type of the message."""
    answer: Answer
    """`recorded` or `duplicate` if the decision counts, else why it does not."""
    explanation: str | None = None
    """Text for people: why, and what to do; absent if the decision counts."""
    review_id: str | None = None
    """Id of the review that the decision names; absent if it cannot be read."""
    decision_id: str | None = None
    """Id of the decision; absent if it cannot be read, or if the message is no decision."""
    review_state: ReviewState | None = None
    """State of the review after the decision; absent if there is no such review."""
    verdict: str | None = None
    """What the review has come to; absent while it is open."""
    outcome: Outcome | None = None
    """How the review ended; absent until it is closed."""
    environment: str
    """Name of the environment whose app answers."""


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
    message_id: str | None = None
    """Id of the refused message; absent if the fault is in the blob itself."""
    document: DocumentFacts | None = None
    """The document version that cannot be reviewed; absent if the fault is in the message."""


def document_facts(head: Head) -> DocumentFacts:
    """Return a review's document as messages name it."""
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
    """Return a review's policy as messages name it."""
    return PolicyFacts(document_class=policy.document_class, version=policy.version, sha256=policy.sha256)


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
