"""Messages that we send, and the parts that they share with events."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from compliance.content import ContentFinding
from compliance.outcome import Answer, Outcome, ReviewState
from compliance.policy import Policy
from compliance.review import Head
from contracts.models import OutboundModel

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


class NameTakenFacts(OutboundModel):
    """A blob of another document under the name under which an approval would publish this one."""

    location: str
    """Where it is, as `container/name`."""
    review_id: str | None = None
    """Id of the review that published it; absent if there is no record of it."""
    container: str | None = None
    """Container in which that review's document was submitted; absent if there is no record of it."""
    since: datetime
    """When it was last written, by storage's clock, in UTC."""


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
    """The published version that an approval would replace; absent if none is published."""
    name_taken: NameTakenFacts | None = None
    """Another document's blob under the published name: while it is there, an approval cannot be carried out, and the
    review would end as `failed` with the reason `target_taken`; absent if the name is free."""
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
