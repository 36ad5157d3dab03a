"""Log lines for operators, one per fact: a name and a JSON object of ids, times, counts and words of ours.

Azure Functions' Python worker passes the host only the text of a line, so the text carries the facts, and the queries
in infra/queries/ parse it. No line contains a document's name, a comment, or anything else that a sender chose.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.outcome import Answer, ReviewState
from compliance.review import Head

_LOG = logging.getLogger("compliance")


def log_review_opened(head: Head) -> None:
    """Log that a review's rows are written; its first opener does, unless it crashes just then."""
    document = head.document
    _log(
        "review.opened",
        reviewId=head.review_id,
        documentClass=head.policy.document_class,
        container=document.container,
        etag=document.etag,
    )


def log_decisions_requested(head: Head, round_name: str) -> None:
    """Log that the reviewers of the open stage got a request, a reminder or an escalation (`round_name`)."""
    _log(
        "review.requested",
        reviewId=head.review_id,
        round=round_name,
        stage=head.stage,
        deadline=_text(head.deadline),
    )


def log_decision_answered(head: Head | None, answer: Answer) -> None:
    """Log that a decision is answered. `head` is None if its review is unknown."""
    _log("decision.answered", reviewId=head.review_id if head else None, answer=answer)


def log_review_closed(head: Head) -> None:
    """Log the outcome, with the seconds since the reviewers were asked. Repeated if the activity runs again."""
    asked, closed = head.requested_at, head.closed_at
    _log(
        "review.closed",
        reviewId=head.review_id,
        documentClass=head.policy.document_class,
        outcome=head.outcome,
        reason=head.reason,
        decisions=head.last_seq,
        seconds=(closed - asked).total_seconds() if asked and closed else None,
    )


def log_review_announced(review_id: str) -> None:
    """Log that Event Grid has accepted the completion event."""
    _log("review.announced", reviewId=review_id)


def log_ledger_exported(rows: int, sha256: str) -> None:
    """Log that the ledger was exported to the container `audit`, with the export's digest."""
    _log("ledger.exported", rows=rows, sha256=sha256)


class Repair(StrEnum):
    """What the sweep repaired."""

    REVIEW_WRITTEN = "review_written"  # it was listed but had no head
    REVIEW_OPENED = "review_opened"  # its document had no review
    REVIEW_SUPERSEDED = "review_superseded"  # its document had been overwritten
    REVIEW_GONE = "review_gone"  # its document had been deleted or renamed
    ORCHESTRATION_STARTED = "orchestration_started"  # none was running
    ORCHESTRATION_WOKEN = "orchestration_woken"  # it may have missed a decision
    ORCHESTRATION_ENDED = "orchestration_ended"  # it was ahead of a ledger that was restored
    DOCUMENT_MOVED = "document_moved"  # that of a closed review, which lay at its source again
    OUTCOME_ANNOUNCED = "outcome_announced"  # the orchestration had ended before it could
    DOCUMENT_RETRACTED = "document_retracted"  # it was recorded, but not done
    LISTS_CORRECTED = "lists_corrected"  # they had shown it where it was not, or not where it was
    EVENT_SENT = "event_sent"  # from the outbox


@dataclass(slots=True)
class Backlog:
    """The unfinished work that one sweep found. It holds times, not ages, because the app has no clock."""

    unfinished: int = 0  # in all; the next five are about those that were looked at
    looked_at: int = 0
    open: int = 0
    decided: int = 0
    unannounced: int = 0
    outbox: int = 0
    repairs: int = 0
    refused: int = 0  # documents in `pending` that get no review as they are
    ignored: int = 0  # files in `pending` that are no documents
    earliest_deadline: datetime | None = None
    earliest_closing: datetime | None = None

    def add(self, head: Head) -> None:
        """Count a review."""
        match head.state:
            case ReviewState.OPEN:
                self.open += 1
                self.earliest_deadline = _earlier(self.earliest_deadline, head.deadline)
            case ReviewState.DECIDED:
                self.decided += 1
            case ReviewState.CLOSED:
                self.unannounced += 1
                self.earliest_closing = _earlier(self.earliest_closing, head.closed_at)

    def count_repair(self, repair: Repair, review_id: str | None = None) -> None:
        """Count a repair and log it."""
        self.repairs += 1
        _log("sweep.repaired", repair=repair, reviewId=review_id)


def log_sweep_finished(backlog: Backlog, failures: int) -> None:
    """Log that the sweep is done, and the number of repairs that failed."""
    _log(
        "sweep.finished",
        unfinished=backlog.unfinished,
        lookedAt=backlog.looked_at,
        open=backlog.open,
        decided=backlog.decided,
        unannounced=backlog.unannounced,
        outbox=backlog.outbox,
        repairs=backlog.repairs,
        refused=backlog.refused,
        ignored=backlog.ignored,
        earliestDeadline=_text(backlog.earliest_deadline),
        earliestClosing=_text(backlog.earliest_closing),
        failures=failures,
    )


def _log(name: str, **facts: str | int | float | None) -> None:
    _LOG.info("%s %s", name, json.dumps(facts))


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment), default=None)
