"""The values that the ledger keeps of a review: its head, its decisions, its audit records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from compliance.content import Finding
from compliance.document import DocumentVersion
from compliance.outcome import Outcome, ReviewState, Verdict, Vote
from compliance.people.identity import person_key
from compliance.policy import Policy
from compliance.schedule import Schedule


@dataclass(frozen=True, slots=True)
class EndedRight:
    """The end of a person's right to take part in reviews, from `starts` on; `ends` if they have it back."""

    person: str
    starts: datetime
    reason: str
    ends: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Return whether the person has no right at this moment."""
        return self.starts <= moment and (self.ends is None or moment < self.ends)


@dataclass(frozen=True, slots=True)
class Reassignment:
    """One reviewer's place given to another person."""

    replaced: str
    replacement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retraction:
    """The taking back of a published document; `done` once it is no longer published."""

    by: str
    at: datetime
    done: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The state of a review. Every transition replaces it under its ETag."""

    review_id: str
    document: DocumentVersion
    policy: Policy
    submitter: str | None = None
    modifier: str | None = None  # the person who changed the document last
    submitted_at: datetime | None = None  # when storage had this version; None if its opener did not know
    earlier_submitters: tuple[str, ...] = ()  # of earlier versions in the same case, if others than this one's
    earlier_modifiers: tuple[str, ...] = ()
    case_id: str | None = None  # the case's first review; None if it is this one
    previous_review: str | None = None  # the one in the same case before this one
    state: ReviewState = ReviewState.OPEN
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    location: str | None = None  # container/name to which the document was moved at the end of the review
    copy_etag: str | None = None  # of the blob that was written there or, once it was replaced, in `archived`
    replaces: str | None = None  # the review whose document had the place in `published` before
    replaced_by: str | None = None  # the review whose document has taken this one's place in `published`
    copy_lost: bool = False  # a person has put on record that the moved document is gone for good
    last_seq: int = 0
    last_audit: int = 0
    audit_digest: str | None = None  # of the last audit record
    last_at: datetime | None = None  # no later record has an earlier time
    notes: int = 0  # of what operators did that changed nothing else
    last_restart: int = 0  # number of the audit record of the last restart
    findings: tuple[Finding, ...] = ()  # of the content's inspection
    stage: int = 0  # the open one, or the one in which the review was decided
    requested_stage: int = 0  # the last stage whose reviewers were asked
    requested_at: datetime | None = None  # when the reviewers' time began
    schedule: Schedule | None = None
    deadline: datetime | None = None  # the one in force
    reminders_sent: int = 0
    escalated: bool = False
    closed_at: datetime | None = None
    submission_proof: str | None = None  # as `Decision.proof`, of the submitter who handed the document in
    withdrawal_proof: str | None = None  # as `Decision.proof`, of the submitter who withdrew
    retraction: Retraction | None = None
    retraction_proof: str | None = None  # as `Decision.proof`, of the person who took the document back
    ended_rights: tuple[EndedRight, ...] = ()  # one for each person
    reassignments: tuple[Reassignment, ...] = ()  # in their order

    @property
    def case(self) -> str:
        """The id of the first review of this case."""
        return self.case_id or self.review_id

    @property
    def inspected(self) -> bool:
        """True once the document was inspected: from then on reviewers can decide."""
        return self.deadline is not None

    @property
    def stages_over(self) -> int:
        """The number of stages that are over, counting the one in which the review was decided."""
        return self.stage if self.state is ReviewState.OPEN else self.stage + 1

    @property
    def last_deadline(self) -> datetime | None:
        """The last moment at which a decision is in time; see `Schedule.last_deadline`."""
        return self.schedule.last_deadline if self.schedule else self.deadline

    def in_order(self, at: datetime) -> datetime:
        """Return the time, or that of the records so far if they are later."""
        return max(at, self.last_at) if self.last_at else at

    def since_request(self, at: datetime) -> datetime:
        """Return the time of a message, or that of the request to reviewers if a message claims an earlier one."""
        return max(at, self.requested_at) if self.requested_at else at

    @property
    def involved(self) -> frozenset[str]:
        """The submitters of this version and of the earlier ones, and those who changed it last, by `person_key`."""
        people = (self.submitter, self.modifier, *self.earlier_submitters, *self.earlier_modifiers)
        return frozenset(person_key(name) for name in people if name)

    @property
    def submitters(self) -> tuple[str, ...]:
        """The submitter; if this version names none, those of the earlier versions."""
        return (self.submitter,) if self.submitter else self.earlier_submitters

    @property
    def barred(self) -> frozenset[str]:
        """The people whom separation of duties keeps from deciding, by `person_key`."""
        return self.involved if self.policy.separation_of_duties else frozenset()

    @property
    def without_right(self) -> frozenset[str]:
        """The people whose right has ended for good, by `person_key`."""
        return frozenset(person_key(right.person) for right in self.ended_rights if right.ends is None)


@dataclass(frozen=True, slots=True)
class Decision:
    """One reviewer's vote, as it arrived. `digest` covers everything that the sender said."""

    decision_id: str
    vote: Vote
    reviewer: str
    digest: str
    message_id: str
    enqueued_at: datetime  # when the first of all copies of the message was, by its sender's word; see `record`
    comment: str | None = None
    document_sha256: str | None = None
    etag: str | None = None
    proof: str | None = None  # compact JWS over the decision; evidence only, never in messages, events or history
    on_behalf_of: str | None = None  # the person whose place and vote it is, if not the reviewer's own
    delegated_from: datetime | None = None  # the start of that delegation
    delegated_until: datetime | None = None
    delegation_proof: str | None = None  # compact JWS of the person replaced, verified with the policy's keys
    copy_enqueued_at: datetime | None = None  # when this copy was, by the broker's word; None if not later
    known_as: str | None = None  # another name of the reviewer, by which the review or the delegation knows them

    @property
    def received_at(self) -> datetime:
        """The broker's time of the copy that was recorded, which no sender can choose."""
        return self.copy_enqueued_at or self.enqueued_at

    @property
    def sender(self) -> str:
        """The reviewer, by `person_key` of the name by which the review knows them."""
        return person_key(self.known_as or self.reviewer)

    @property
    def person(self) -> str:
        """The person whose vote it is, by `person_key`."""
        return person_key(self.on_behalf_of) if self.on_behalf_of else self.sender


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision that counts, with its place in the order."""

    seq: int
    decision: Decision
