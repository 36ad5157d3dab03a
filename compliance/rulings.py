"""The change of a review that the rules come to, and the answer to whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from compliance.history import AuditEvent, AuditRecord
from compliance.outcome import Answer
from compliance.review import Head, RecordedDecision

_IN_TIME = (AuditEvent.DECISION_RECORDED, AuditEvent.REVIEW_WITHDRAWN)  # only up to the deadline


@dataclass(frozen=True, slots=True)
class Transition:
    """The content of one transaction: the new head with at most one decision and one audit record."""

    head: Head
    decision: RecordedDecision | None = None
    audit: AuditRecord | None = None

    @classmethod
    def audited(
        cls, head: Head, event: AuditEvent, at: datetime | None, who: str | None = None, detail: str | None = None
    ) -> Transition:
        """Return a transition to this head, with the next record of its history, which is in the order of time.

        A decision or withdrawal is dated by the deadline at the latest, even after records of later times.
        """
        seq, last_at = head.last_audit + 1, head.last_at
        if at:
            last_at = head.in_order(at)
            # An operator's note of the hour of grace moves nobody behind the deadline who was in time.
            until = head.last_deadline if event in _IN_TIME else None
            at = min(last_at, max(at, until)) if until else last_at
        return cls(replace(head, last_audit=seq, last_at=last_at), audit=AuditRecord(seq, event, at, who, detail))

    @property
    def record(self) -> AuditRecord:
        """The audit record of a transition that writes. Raises ValueError for another."""
        if self.audit is None:
            raise ValueError("the transition writes nothing")
        return self.audit

    @property
    def writes(self) -> bool:
        """False if the transition was made before or is refused."""
        return self.audit is not None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer to whoever sent a decision or withdrawal, and the transition that it comes to."""

    transition: Transition
    answer: Answer
    explanation: str | None = None  # for people: why, and what to do

    @property
    def head(self) -> Head:
        """The review after the transition."""
        return self.transition.head

    @property
    def writes(self) -> bool:
        """False if the transition was made before or is refused."""
        return self.transition.writes
