"""Whole reviews as the ledger would have stored them, with the head after every transition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from compliance.history import AuditRecord
from compliance.outcome import Verdict
from compliance.people.delegation import Delegation
from compliance.review import Decision, Head, RecordedDecision
from compliance.rulings import Ruling, Transition
from compliance.transitions import begin, close, open_review, record
from evidence.chain import StoredRecord, decision_content, link, record_content
from evidence.checks import Evidence
from evidence.head_facts import head_content
from tests.builders import REQUESTED_AT, decision, document, policy, uninspected_review

STORED_AT = REQUESTED_AT - timedelta(minutes=1)  # of the first row; each next one a second later


@dataclass
class Journey:
    """The rows of one review. `heads` has the head after each record."""

    heads: list[Head] = field(default_factory=list)
    records: list[StoredRecord] = field(default_factory=list)
    decisions: list[RecordedDecision] = field(default_factory=list)
    written: list[AuditRecord] = field(default_factory=list)

    @property
    def head(self) -> Head | None:
        """The current head."""
        return self.heads[-1] if self.heads else None

    def make(self, made: Transition | Ruling | None) -> None:
        """Store what a transition writes, as the ledger does."""
        assert made
        linked = link(self.head, made.transition if isinstance(made, Ruling) else made)
        assert linked.audit
        stored_at = STORED_AT + timedelta(seconds=len(self.records))
        content = record_content(linked.head.review_id, linked.audit)
        self.records.append(StoredRecord(content, linked.audit.digest, stored_at.isoformat()))
        self.heads.append(linked.head)
        self.written.append(linked.audit)
        if linked.decision:
            self.decisions.append(linked.decision)

    def then(self, step: Callable[[Head], Transition | Ruling | None]) -> None:
        """Take a step from the current head."""
        assert self.head
        self.make(step(self.head))

    def decide(self, said: Decision, *delegations: Delegation) -> None:
        """Record a decision that counts."""
        self.then(lambda head: record(head, self.decisions, said, delegations))

    def evidence(self) -> Evidence:
        """Return the review's evidence as it would be read from the ledger."""
        assert self.head
        return Evidence(
            self.head.review_id,
            head_content(self.head),
            tuple(self.records),
            tuple(decision_content(row) for row in self.decisions),
        )


def opened(**rules: Any) -> Journey:
    """Return a review opened and inspected under a policy with these rules: two records."""
    journey = Journey()
    journey.make(open_review(uninspected_review(policy=policy(**rules))))
    journey.then(lambda head: begin(head, document(), REQUESTED_AT, None))
    return journey


def approved(comment: str | None = "my phone is 555-0100", approvals: int = 2) -> Journey:
    """Return a review opened, inspected, approved and published: five records if two approvals are needed."""
    journey = opened(approvals_needed=approvals)
    for number in range(1, approvals + 1):
        name = f"rita-{number}"
        said = decision(
            decision_id=name, digest=name, message_id=name, reviewer=name, comment=comment, enqueued_at=hour(number)
        )
        journey.decide(said)
    journey.then(lambda head: close(head, hour(approvals + 1), "published/reports/annual report.pdf"))
    assert journey.head
    assert journey.head.verdict is Verdict.APPROVE
    return journey


def hour(number: float) -> datetime:
    """So many hours after the reviewers were asked."""
    return REQUESTED_AT + timedelta(hours=number)
