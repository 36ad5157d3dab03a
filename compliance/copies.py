"""Transitions of what becomes of the moved document: it is replaced by a later version, or had to be moved again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.document import DocumentVersion
from compliance.history import AuditEvent
from compliance.outcome import Outcome, ReviewState, Verdict, outcome_of
from compliance.review import Head
from compliance.rulings import Transition


def is_contradicted(head: Head, carried_out: Iterable[Verdict | None]) -> bool:
    """Return whether copies of a review's document carry out verdicts that its ledger does not lead to.

    A copy is made only after the verdict, so any copy contradicts an open review: the ledger has lost decisions.
    """
    match head.state:
        case ReviewState.OPEN:
            return any(True for _ in carried_out)
        case ReviewState.DECIDED:
            return any(verdict is not head.verdict for verdict in carried_out)
        case _:  # closed
            return any(verdict is None or outcome_of(verdict) is not head.outcome for verdict in carried_out)


def replace_earlier(head: Head, earlier: str) -> Transition:
    """Note that this review's document takes the place in `published` of that of the review `earlier`."""
    if head.replaces == earlier:
        return Transition(head)
    return Transition.audited(replace(head, replaces=earlier), AuditEvent.EARLIER_VERSION_REPLACED, None, None, earlier)


def be_replaced(head: Head, later: str, kept_etag: str | None) -> Transition:
    """Note that the document of the review `later` has taken the place of this one's in `published`.

    `kept_etag` is the ETag of this one's copy in `archived`, where its bytes stay.
    """
    if head.outcome is not Outcome.APPROVED or head.replaced_by:
        return Transition(head)
    replaced = replace(head, replaced_by=later, copy_etag=kept_etag)
    return Transition.audited(replaced, AuditEvent.VERSION_REPLACED, None, None, later)


def move_again(head: Head, etag: str | None) -> Transition:
    """Note that the document of a closed review lay at its source again, and was moved again as decided."""
    if head.state is not ReviewState.CLOSED or head.copy_etag == etag:
        return Transition(head)
    return Transition.audited(replace(head, copy_etag=etag), AuditEvent.DOCUMENT_MOVED_AGAIN, None)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a review has ended by what a person found in storage."""

    document: DocumentVersion
    verdict: Verdict | None
    outcome: Outcome | None
    reason: str | None
    location: str | None
    copy_etag: str | None
    replaced_by: str | None = None
    copy_lost: bool = False


def ending_of(head: Head) -> Ending:
    """Return how a review has ended by its ledger."""
    return Ending(
        head.document,
        head.verdict,
        head.outcome,
        head.reason,
        head.location,
        head.copy_etag,
        head.replaced_by,
        head.copy_lost,
    )


def repair(head: Head, ending: Ending, at: datetime, by: str, why: str) -> Transition:
    """Close a review as a person has found it to have ended, whatever its decisions come to.

    No rule leads to the ending: the record names the person who answers for it.
    """
    if head.state is ReviewState.CLOSED and ending_of(head) == ending:
        return Transition(head)
    repaired = replace(
        head,
        document=ending.document,
        state=ReviewState.CLOSED,
        verdict=ending.verdict,
        outcome=ending.outcome,
        reason=ending.reason,
        location=ending.location,
        copy_etag=ending.copy_etag,
        replaced_by=ending.replaced_by,
        copy_lost=ending.copy_lost,
        closed_at=head.closed_at or at,
    )
    return Transition.audited(repaired, AuditEvent.REVIEW_REPAIRED, at, by, why)
