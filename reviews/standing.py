"""The part of a head that the orchestrator needs."""

from __future__ import annotations

from compliance.review import Head
from contracts.history import FollowedPolicy, ReviewStanding


def standing_of(head: Head) -> ReviewStanding:
    """Return the standing of a review."""
    policy = head.policy
    return ReviewStanding(
        state=head.state,
        verdict=head.verdict,
        outcome=head.outcome,
        deadline=head.deadline,
        grace=policy.grace,
        stage=head.stage,
        schedule=head.schedule,
        reminders_sent=head.reminders_sent,
        escalated=head.escalated,
        policy=FollowedPolicy(document_class=policy.document_class, version=policy.version, sha256=policy.sha256),
    )
