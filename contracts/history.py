"""Inputs and results of activities in durable history: ids, states and times; no content, comments or secrets.

Orchestrations in progress replay these values: `tests/workflow/README.md` says what a change of one means.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from compliance.content import Finding
from compliance.outcome import Outcome, Reason, ReviewState, Verdict
from compliance.schedule import Schedule
from contracts.malware_scan import ScanVerdict
from contracts.models import HistoryModel


class FollowedPolicy(HistoryModel):
    """The policy that a review follows: for people who look at an instance, not for the orchestrator."""

    document_class: str
    version: str
    sha256: str


class ReviewStanding(HistoryModel):
    """The part of a review's head that the orchestrator needs, and the policy that the review follows."""

    state: ReviewState
    verdict: Verdict | None
    outcome: Outcome | None
    deadline: datetime | None
    grace: timedelta
    stage: int
    schedule: Schedule | None
    reminders_sent: int
    escalated: bool
    policy: FollowedPolicy

    @property
    def due_times(self) -> Schedule:
        """The due times. Raises ValueError if the reviewers' time has not begun."""
        if self.schedule is None:
            raise ValueError("an open review without a schedule has not begun")
        return self.schedule


class StageStatus(HistoryModel):
    """The orchestration's custom status: the stage for whose end it waits."""

    stage: int


class ReviewStep(HistoryModel):
    """Input of the activities: the review, and the orchestration's time."""

    review_id: str
    at: datetime


class Inspection(HistoryModel):
    """The result of `inspect_document`; written to the ledger when the reviewers' time begins."""

    length: int
    sha256: str | None = None  # None if the document was refused unread
    refused: Reason | None = None
    findings: tuple[Finding, ...] = ()
    scan_timeout: timedelta | None = None  # how long to wait for the malware scan's verdict; None if not at all


class ScanReading(HistoryModel):
    """The result of `read_scan_verdict`."""

    verdict: ScanVerdict


class RequestStep(ReviewStep):
    """Input of `request_decisions`; no inspection if nothing was left to inspect."""

    inspection: Inspection | None = None


class ReminderStep(ReviewStep):
    """Input of `remind_reviewers`; reminders count from 1."""

    number: int


class ExpiryStep(ReviewStep):
    """Input of `expire_review`; `final` ends the wait even if decisions are still queued."""

    final: bool = False


class MoveResult(HistoryModel):
    """The place of a document after its move, or what prevented the move."""

    location: str | None = None
    prevented: Outcome | None = None
    reason: str | None = None
    etag: str | None = Field(default=None, exclude_if=lambda etag: etag is None)  # of the copy at `location`


class CloseStep(ReviewStep):
    """Input of `close_review`."""

    move: MoveResult
