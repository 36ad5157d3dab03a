"""Inputs and results of activities in durable history: ids, states and times; no content, comments or secrets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import SerializerFunctionWrapHandler, model_serializer

from compliance.content import Finding
from compliance.outcome import Outcome, Reason, ReviewState, Verdict
from compliance.schedule import Schedule
from contracts.malware_scan import ScanVerdict
from contracts.messages.outbound import PolicyFacts
from contracts.models import HistoryModel


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
