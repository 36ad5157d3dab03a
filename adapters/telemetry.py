"""What the app tells operators: one log line per fact, a name and a JSON object of ids, times, counts, words of ours.

Azure Functions' Python worker hands the host a line's text and nothing else, so the text carries the facts; the queries
in infra/queries/ read them again. Never a document's name, a comment, or anything that a sender chose.
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


def review_opened(head: Head) -> None:
    """Log that a review's rows are written. Every opener repeats it; the first line counts."""
    document = head.document
    _tell(
        "review.opened",
        reviewId=head.review_id,
        documentClass=head.policy.document_class,
        container=document.container,
        etag=document.etag,
    )


def decisions_requested(head: Head, round_name: str) -> None:
    """People are asked, reminded or told of an escalation (`round_name`) in the stage that is open."""
    _tell(
        "review.requested",
        reviewId=head.review_id,
        round=round_name,
        stage=head.stage,
        deadline=_text(head.deadline),
    )


def decision_answered(head: Head | None, answer: Answer) -> None:
    """Log that a decision is answered. `head` is None if its review is unknown."""
    _tell("decision.answered", reviewId=head.review_id if head else None, answer=answer)


def review_closed(head: Head) -> None:
    """Log the outcome, with the seconds since reviewers were asked. Repeated if the activity runs again."""
    asked, closed = head.requested_at, head.closed_at
    _tell(
        "review.closed",
        reviewId=head.review_id,
        documentClass=head.policy.document_class,
        outcome=head.outcome,
        reason=head.reason,
        decisions=head.last_seq,
        seconds=(closed - asked).total_seconds() if asked and closed else None,
    )


def review_announced(review_id: str) -> None:
    """Event Grid has accepted the completion event."""
    _tell("review.announced", reviewId=review_id)


class Repair(StrEnum):
    """What the sweep does where something was lost."""

    REVIEW_WRITTEN = "review_written"  # it was listed, but had no head
    REVIEW_OPENED = "review_opened"  # nobody had noticed its document
    REVIEW_SUPERSEDED = "review_superseded"  # nobody had asked whether it still holds
    ORCHESTRATION_STARTED = "orchestration_started"  # none was at work
    ORCHESTRATION_WOKEN = "orchestration_woken"  # it may not know what was decided
    OUTCOME_ANNOUNCED = "outcome_announced"  # by nobody else any more
    EVENT_SENT = "event_sent"  # from the outbox


@dataclass(slots=True)
class Backlog:
    """What one sweep found unfinished. Ages are left to who reads the line: the app has no clock."""

    open: int = 0
    decided: int = 0
    unannounced: int = 0
    outbox: int = 0
    repairs: int = 0
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

    def repaired(self, repair: Repair, review_id: str | None = None) -> None:
        """Tell of a repair, and count it."""
        self.repairs += 1
        _tell("sweep.repaired", repair=repair, reviewId=review_id)


def sweep_finished(backlog: Backlog, failures: int) -> None:
    """Log that the sweep is done, and how many things it could not repair."""
    _tell(
        "sweep.finished",
        open=backlog.open,
        decided=backlog.decided,
        unannounced=backlog.unannounced,
        outbox=backlog.outbox,
        repairs=backlog.repairs,
        earliestDeadline=_text(backlog.earliest_deadline),
        earliestClosing=_text(backlog.earliest_closing),
        failures=failures,
    )


def _tell(name: str, **facts: str | int | float | None) -> None:
    _LOG.info("%s %s", name, json.dumps(facts))


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment), default=None)
