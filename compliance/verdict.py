"""The verdict is a fold over the recorded decisions in the order of their sequence numbers."""

from __future__ import annotations

from collections.abc import Iterable

from compliance.outcome import Verdict
from compliance.policy import Policy
from compliance.review import RecordedDecision


def verdict_of(decisions: Iterable[RecordedDecision], policy: Policy) -> Verdict | None:
    """The verdict that the first final row makes, or None while nothing is final. One reject ends it."""
    ordered = sorted(decisions, key=lambda row: row.seq)
    for approvals, recorded in enumerate(ordered, start=1):
        if recorded.decision.verdict is Verdict.REJECT:
            return Verdict.REJECT
        if approvals >= policy.approvals_needed:
            return Verdict.APPROVE
    return None
