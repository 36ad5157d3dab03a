"""Names that must be the same in code, on the wire and in the infrastructure; inputs and results in durable history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

from compliance.content import Finding
from compliance.outcome import Outcome, Reason, ReviewState, Verdict
from compliance.schedule import Schedule
from contracts.malware_scan import ScanVerdict
from contracts.outbound import PolicyFacts

PENDING: Final = "pending"
SUBMISSIONS: Final = "submissions"
PUBLISHED: Final = "published"
ARCHIVED: Final = "archived"
STAGING: Final = "staging"  # replacing copies of approved documents pass through it

LEDGER_TABLE: Final = "ledger"

DOCUMENT_SUBMISSIONS: Final = "document-submissions"
SUBMISSIONS_QUARANTINE: Final = "submissions-quarantine"
REVIEW_DECISIONS: Final = "review-decisions"
DECISION_REPLIES: Final = "decision-replies"
DECISIONS_QUARANTINE: Final = "decisions-quarantine"
REVIEW_REQUESTS: Final = "review-requests"
REVIEW_EVENTS: Final = "review-events"
REVIEW_EVENTS_WATCH: Final = "watch"

# Azure Functions' own way to name a dead-letter queue as a trigger's queue.
DEAD_LETTERED: Final = "/$deadletterqueue"

# Says that a stage is over. The orchestrator waits once for each stage's own name and reads the ledger to learn more:
# azure-functions-durable 1.7 keeps only the last early event of a name and lets it satisfy every later wait of it.
DECISION_EVENT: Final = "ComplianceDecision"

DOCUMENT_REVIEW: Final = "document_review"
LOAD_REVIEW: Final = "load_review"
INSPECT_DOCUMENT: Final = "inspect_document"
READ_SCAN_VERDICT: Final = "read_scan_verdict"
REQUEST_DECISIONS: Final = "request_decisions"
REMIND_REVIEWERS: Final = "remind_reviewers"
ESCALATE_REVIEW: Final = "escalate_review"
EXPIRE_REVIEW: Final = "expire_review"
PUBLISH_DOCUMENT: Final = "publish_document"
ARCHIVE_DOCUMENT: Final = "archive_document"
CLOSE_REVIEW: Final = "close_review"
ANNOUNCE_OUTCOME: Final = "announce_outcome"

# Durable timers may fire up to a second early on Azure Storage, which keeps due times in whole seconds.
DEADLINE_MARGIN: Final = timedelta(seconds=5)
# A cancelled durable timer of more than 6 days keeps its instance running until the first segment has fired.
LONGEST_TIMER: Final = timedelta(days=5)
LONGEST_GRACE: Final = timedelta(hours=1)


def decision_event(stage: int) -> str:
    """The name of the event that says that this stage is over."""
    return DECISION_EVENT if stage == 0 else f"{DECISION_EVENT}-{stage}"


class HistoryModel(BaseModel):
    """What durable history holds: ids, states and times; never content, comments or secrets."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)


class ReviewStanding(HistoryModel):
    """What the orchestrator must know of a review's head, and which policy the review follows."""

    state: ReviewState
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    deadline: datetime | None = None
    grace: timedelta = timedelta(0)
    stage: int = 0
    schedule: Schedule | None = None
    reminders_sent: int = 0
    escalated: bool = False
    policy: PolicyFacts | None = None

    @property
    def due_times(self) -> Schedule:
        """What is due when. Raises ValueError where the reviewers' time has not begun."""
        if self.schedule is None:
            raise ValueError("an open review without a schedule has not begun")
        return self.schedule


class Waiting(HistoryModel):
    """The orchestration's custom status: the stage for whose end it waits."""

    stage: int


class ReviewStep(HistoryModel):
    """Input of the activities: the review, and the orchestration's time."""

    review_id: str
    at: datetime


_LATER_FACTS: Final = ("findings", "scanTimeout")


class Inspection(HistoryModel):
    """What `inspect_document` has found. The ledger learns of it when the reviewers' time begins."""

    length: int
    sha256: str | None = None  # None where the document was refused unread
    refused: Reason | None = None
    findings: tuple[Finding, ...] = ()
    scan_timeout: timedelta | None = None  # how long to wait for the malware scan's verdict; None: not at all

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # As in histories from before there were findings, which must replay.
        return {name: value for name, value in serialize(self).items() if name not in _LATER_FACTS or value}


class ScanReading(HistoryModel):
    """What `read_scan_verdict` has read."""

    verdict: ScanVerdict


class RequestStep(ReviewStep):
    """Input of `request_decisions`; no inspection where nothing was left to inspect."""

    inspection: Inspection | None = None


class ReminderStep(ReviewStep):
    """Input of `remind_reviewers`; reminders count from 1."""

    number: int


class ExpiryStep(ReviewStep):
    """Input of `expire_review`; `final` ends the waiting whatever is still queued."""

    final: bool = False


class MoveResult(HistoryModel):
    """Where a document is after its move, or what prevented it."""

    location: str | None = None
    prevented: Outcome | None = None
    reason: str | None = None


class CloseStep(ReviewStep):
    """Input of `close_review`."""

    move: MoveResult
