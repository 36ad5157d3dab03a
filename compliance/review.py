"""The values that the ledger keeps of a review: its head, its decisions, its audit records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from compliance.content import Finding
from compliance.document import DocumentVersion
from compliance.identity import identity_of
from compliance.outcome import Answer, Outcome, ReviewState, Verdict
from compliance.policy import Policy
from compliance.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Head:
    """Where a review stands. Every transition replaces it under its ETag."""

    review_id: str
    document: DocumentVersion
    policy: Policy
    submitter: str | None = None
    modifier: str | None = None  # who changed the document last
    case_id: str | None = None  # the case's first review; None: this one
    previous_review: str | None = None  # the one in the same case before this one
    state: ReviewState = ReviewState.OPEN
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    location: str | None = None  # container/name where the document is after the review
    last_seq: int = 0
    last_audit: int = 0
    audit_digest: str | None = None  # of the last audit record
    last_restart: int = 0  # number of the audit record of the last restart
    findings: tuple[Finding, ...] = ()  # of the content's inspection
    stage: int = 0  # the open one, or the one in which the review was decided
    requested_stage: int = 0  # the last one whose reviewers were asked
    requested_at: datetime | None = None  # when the reviewers' time began
    schedule: Schedule | None = None
    deadline: datetime | None = None  # the one in force
    reminders_sent: int = 0
    escalated: bool = False
    closed_at: datetime | None = None
    withdrawal_proof: str | None = None  # as `Decision.proof`, of the submitter who withdrew

    @property
    def case(self) -> str:
        """The id of the first review of this one's case."""
        return self.case_id or self.review_id

    @property
    def inspected(self) -> bool:
        """Whether reviewers can know what they decide on."""
        return self.deadline is not None

    @property
    def stages_over(self) -> int:
        """How many stages are over; the one in which the review was decided is."""
        return self.stage if self.state is ReviewState.OPEN else self.stage + 1

    @property
    def last_deadline(self) -> datetime | None:
        """Until when a decision is in time; see `Schedule.last_deadline`."""
        return self.schedule.last_deadline if self.schedule else self.deadline

    @property
    def involved(self) -> frozenset[str]:
        """The identities of the submitter and of who changed the document last."""
        return frozenset(identity_of(name) for name in (self.submitter, self.modifier) if name)

    @property
    def barred(self) -> frozenset[str]:
        """The identities that separation of duties keeps from deciding."""
        return self.involved if self.policy.separation_of_duties else frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """One reviewer's word, as it arrived. `digest` covers everything that the sender said."""

    decision_id: str
    verdict: Verdict  # APPROVE, REJECT or REQUEST_CHANGES
    reviewer: str
    digest: str
    message_id: str
    enqueued_at: datetime  # the broker's time, of the first of all copies of the message
    comment: str | None = None
    document_sha256: str | None = None
    etag: str | None = None
    proof: str | None = None  # compact JWS over what was said; evidence only, never in messages, events or history
    on_behalf_of: str | None = None  # whose place and vote it is, where that is not the reviewer's own
    delegated_from: datetime | None = None  # since when, by that delegation
    delegated_until: datetime | None = None
    delegation_proof: str | None = None  # compact JWS of the one replaced, right by the policy's keys

    @property
    def person(self) -> str:
        """The identity of the person whose decision it is."""
        return identity_of(self.on_behalf_of or self.reviewer)


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision that counts, with its place in the order."""

    seq: int
    decision: Decision


class AuditEvent(StrEnum):
    """What happened to a review."""

    REVIEW_OPENED = "review_opened"
    DOCUMENT_INSPECTED = "document_inspected"
    DECISION_RECORDED = "decision_recorded"
    STAGE_OPENED = "stage_opened"
    REVIEWERS_REMINDED = "reviewers_reminded"
    REVIEW_ESCALATED = "review_escalated"
    DEADLINE_PASSED = "deadline_passed"
    REVIEW_WITHDRAWN = "review_withdrawn"
    DOCUMENT_SUPERSEDED = "document_superseded"
    REVIEW_CLOSED = "review_closed"
    REVIEW_RESTARTED = "review_restarted"
    QUARANTINE_REPLAYED = "quarantine_replayed"
    QUARANTINE_DISCARDED = "quarantine_discarded"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of a review's history. `at` is host or broker time, None where only storage knows the time."""

    seq: int
    event: AuditEvent
    at: datetime | None = None
    who: str | None = None
    detail: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict[str, object])  # what has changed, as JSON
    previous: str | None = None  # digest of the record before
    digest: str | None = None  # of this record; it and the two above are set when the record is written


@dataclass(frozen=True, slots=True)
class Transition:
    """What one transaction writes: the new head with at most one decision and one audit record."""

    head: Head
    decision: RecordedDecision | None = None
    audit: AuditRecord | None = None
    answer: Answer | None = None
    explanation: str | None = None  # for people: why, and what to do

    @classmethod
    def audited(
        cls, head: Head, event: AuditEvent, at: datetime | None, who: str | None = None, detail: str | None = None
    ) -> Transition:
        """A transition to this head, with the next record of its history."""
        seq = head.last_audit + 1
        return cls(replace(head, last_audit=seq), audit=AuditRecord(seq, event, at, who, detail))

    @property
    def writes(self) -> bool:
        """False where the transition was made before or is refused."""
        return self.audit is not None
