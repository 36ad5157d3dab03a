"""What the orchestrator is told of a head."""

from __future__ import annotations

from typing import Any

from compliance.review import Head
from contracts.history import ReviewStanding
from contracts.messages.outbound import policy_facts


def standing_of(head: Head) -> dict[str, Any]:
    """The standing as it lies in durable history."""
    standing = ReviewStanding(
        state=head.state,
        verdict=head.verdict,
        outcome=head.outcome,
        deadline=head.deadline,
        grace=head.policy.grace,
        stage=head.stage,
        schedule=head.schedule,
        reminders_sent=head.reminders_sent,
        escalated=head.escalated,
        policy=policy_facts(head.policy),
    )
    return standing.model_dump(mode="json", by_alias=True)
