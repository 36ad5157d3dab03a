"""Reviews as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from adapters.front_door.read_log import Read
from adapters.ledger.store import StoredReview
from compliance.review import Head
from compliance.rounds import awaited
from compliance.turnaround import is_overdue, overdue_since
from compliance.verdict import approvals_given, tally_of
from contracts.digest import text_digest
from web.api.models import (
    DecisionJson,
    DocumentJson,
    EventJson,
    FindingJson,
    FullReview,
    LinksJson,
    ListedReview,
    ReadJson,
    StageJson,
    StatementJson,
)
from web.views.one_review import Happening, Seen

BASE: Final = "/api/v1"


def review_url(review_id: str) -> str:
    """Return the address of a review."""
    return f"{BASE}/reviews/{review_id}"


def listed_review(review: StoredReview, at: datetime, place_of: str | None = None) -> ListedReview:
    """Return a review as a list has it."""
    return ListedReview(**_fields(review, at), place_of=place_of)


def full_review(seen: Seen, history: Sequence[Happening], at: datetime, reads: Sequence[Read] | None) -> FullReview:
    """Return a review with everything."""
    head, may = seen.head, seen.permissions
    url = review_url(head.review_id)
    statement = head.policy.statement
    return FullReview(
        **_fields(seen.review, at),
        statement=StatementJson(text=statement, sha256=text_digest(statement)) if statement else None,
        findings=tuple(FindingJson(kind=each.kind, detail=each.detail) for each in head.findings),
        stages=tuple(_stages(head)),
        waits_for=awaited(head, seen.decisions),
        decisions=tuple(
            DecisionJson(
                decision=each.decision.vote,
                reviewer=each.decision.reviewer,
                on_behalf_of=each.decision.on_behalf_of,
                at=each.decision.enqueued_at,
                comment=each.decision.comment,
            )
            for each in seen.decisions
        ),
        timeline=tuple(
            EventJson(at=each.at, event=each.record.event, who=each.record.who, detail=each.record.detail)
            for each in history
        ),
        why_not=may.decision.text if may.decision else None,
        reads=None if reads is None else tuple(ReadJson(at=r.at, person=r.person, sha256=r.sha256) for r in reads),
        links=LinksJson(
            self=url,
            document=f"{url}/document" if head.document.sha256 else None,
            decisions=None if may.decision else f"{url}/decisions",
            withdrawal=None if may.withdrawal else f"{url}/withdrawal",
            evidence=f"{url}/evidence" if may.evidence else None,
        ),
    )


def _fields(review: StoredReview, at: datetime) -> dict[str, Any]:
    head, document = review.head, review.head.document
    given, needed = approvals_given(tally_of(review.decisions, head.policy, head.barred), head.policy, head.barred)
    overdue = overdue_since(head, at) is not None or is_overdue(head, review.decisions)
    return {
        "review_id": head.review_id,
        "document": DocumentJson(name=document.name, sha256=document.sha256, length=document.length),
        "document_class": head.policy.document_class,
        "state": head.state,
        "verdict": head.verdict,
        "outcome": head.outcome,
        "reason": head.reason,
        "submitter": head.submitter,
        "requested_at": head.requested_at,
        "deadline": head.deadline,
        "overdue": overdue,
        "closed_at": head.closed_at,
        "stage": head.policy.stages[head.stage].name,
        "approvals_given": given,
        "approvals_needed": needed,
        "url": review_url(head.review_id),
    }


def _stages(head: Head) -> Sequence[StageJson]:
    return [
        StageJson(
            name=stage.name,
            reviewers=tuple(dict.fromkeys(name for part in stage.parts for name in part.reviewers)),
            state="over"
            if number < head.stages_over
            else "open"
            if number == head.stage and head.inspected
            else "later",
        )
        for number, stage in enumerate(head.policy.stages)
    ]
