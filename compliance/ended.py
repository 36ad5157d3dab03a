"""How long a review that is over has taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from compliance.outcome import Verdict
from compliance.review import Head, RecordedDecision

_BY_REVIEWERS = (Verdict.APPROVE, Verdict.REJECT)


def is_decided_by_reviewers(head: Head, decisions: Sequence[RecordedDecision]) -> bool:
    """Return whether a review has ended by what its reviewers have decided."""
    return bool(decisions) and head.verdict in _BY_REVIEWERS


def decided_at(head: Head, decisions: Sequence[RecordedDecision]) -> datetime | None:
    """Return when the decision was sent that has ended a review; when it was closed if no decision has."""
    return decisions[-1].decision.enqueued_at if is_decided_by_reviewers(head, decisions) else head.closed_at


def is_overdue(head: Head, decisions: Sequence[RecordedDecision]) -> bool:
    """Return whether a review was over only after its first deadline."""
    ended = decided_at(head, decisions)
    return bool(ended and head.schedule and ended > head.schedule.deadline)
