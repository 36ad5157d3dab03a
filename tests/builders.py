"""Policies, reviews and decisions that are complete and valid; a test names only the fields it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from compliance.document import DocumentVersion, review_id
from compliance.outcome import Vote
from compliance.policy import Part, Policy, Stage
from compliance.review import Decision, Head, RecordedDecision
from compliance.transitions import begin

DEADLINE_AFTER: Final = timedelta(hours=72)
REQUESTED_AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DEADLINE: Final = REQUESTED_AT + DEADLINE_AFTER
SHA256: Final = "5f" * 32
ETAG: Final = "0x8DC3A1B2C4D5E6F"
SUBMITTER: Final = "sam@example.org"
REVIEWER: Final = "rita@example.org"


def policy(approvals_needed: int | None = 1, reviewers: tuple[str, ...] = (), **changes: Any) -> Policy:
    """Return the default policy, changed: any one reviewer in one stage, 72 hours."""
    default = Policy(
        document_class="default",
        version="1",
        sha256="ab" * 32,
        separation_of_duties=True,
        comment_required_on_reject=False,
        deadline=DEADLINE_AFTER,
        grace=timedelta(seconds=60),
        archive_tier="Cool",
        max_bytes=5 * 1024**3,
        stages=(Stage("review", (Part(reviewers, approvals_needed),)),),
    )
    return replace(default, **changes)


def document(**changes: Any) -> DocumentVersion:
    """Return a document version as it is after its inspection."""
    report = DocumentVersion("pending", "reports/annual report.pdf", ETAG, SHA256, 2048, "application/pdf")
    return replace(report, **changes)


def uninspected_review(**changes: Any) -> Head:
    """Return a review whose document has not been inspected yet."""
    found = document(sha256=None, length=None, content_type=None)
    key = review_id(found.container, found.name, found.etag)
    return replace(Head(review_id=key, document=found, policy=policy(), submitter=SUBMITTER), **changes)


def open_review(**changes: Any) -> Head:
    """Return a review that waits for decisions from REQUESTED_AT until DEADLINE."""
    return replace(begin(uninspected_review(), document(), REQUESTED_AT, None).head, **changes)


def decision(**changes: Any) -> Decision:
    """Return an approval sent an hour after the reviewers were asked."""
    approval = Decision(
        decision_id="decision-1",
        vote=Vote.APPROVE,
        reviewer=REVIEWER,
        digest="d1" * 32,
        message_id="message-1",
        enqueued_at=REQUESTED_AT + timedelta(hours=1),
    )
    return replace(approval, **changes)


def recorded(*votes: Vote) -> list[RecordedDecision]:
    """Return decisions that count, each by a reviewer of its own, in this order."""
    return [
        RecordedDecision(
            seq,
            decision(
                decision_id=f"counted-{seq}",
                vote=vote,
                reviewer=f"reviewer-{seq}@example.org",
                digest=f"{seq:064x}",
                message_id=f"counted-message-{seq}",
            ),
        )
        for seq, vote in enumerate(votes, start=1)
    ]
