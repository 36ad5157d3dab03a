"""The history of a review: one record for each thing that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AuditEvent(StrEnum):
    """An event in the history of a review."""

    REVIEW_OPENED = "review_opened"
    DOCUMENT_INSPECTED = "document_inspected"
    DECISION_RECORDED = "decision_recorded"
    STAGE_OPENED = "stage_opened"
    REVIEWERS_REMINDED = "reviewers_reminded"
    REVIEW_ESCALATED = "review_escalated"
    DEADLINE_PASSED = "deadline_passed"
    REVIEW_WITHDRAWN = "review_withdrawn"
    DOCUMENT_SUPERSEDED = "document_superseded"
    DOCUMENT_GONE = "document_gone"
    REVIEW_CLOSED = "review_closed"
    REVIEW_RESTARTED = "review_restarted"
    RETRACTION_REQUESTED = "retraction_requested"
    DOCUMENT_RETRACTED = "document_retracted"
    RIGHT_ENDED = "right_ended"
    PLACE_REASSIGNED = "place_reassigned"
    REVIEW_REPAIRED = "review_repaired"
    DOCUMENT_MOVED_AGAIN = "document_moved_again"
    EARLIER_VERSION_REPLACED = "earlier_version_replaced"
    VERSION_REPLACED = "version_replaced"
    QUARANTINE_REPLAYED = "quarantine_replayed"
    QUARANTINE_DISCARDED = "quarantine_discarded"
    OUTCOME_ANNOUNCED_AGAIN = "outcome_announced_again"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of a review's history. `at` is host or broker time; None if only storage has a time."""

    seq: int
    event: AuditEvent
    at: datetime | None = None
    who: str | None = None
    detail: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict[str, object])  # the changes to the head, as JSON
    previous: str | None = None  # digest of the record before
    digest: str | None = None  # of this record; it and the two above are set when the record is written
