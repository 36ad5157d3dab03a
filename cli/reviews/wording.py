"""How far a review is, and what an open one waits for: whom, and until when."""

from __future__ import annotations

from typing import Protocol

from adapters.ledger.store import StoredReview
from cli.terminal import moment
from compliance.outcome import ReviewState
from compliance.review import Head
from compliance.rounds import audience_of
from compliance.schedule import Due, next_due


def due(head: Head) -> Due | None:
    """What is due next; None where nobody is asked (yet). It may be overdue: only the app's host knows its time."""
    if head.state is not ReviewState.OPEN or head.schedule is None or head.requested_at is None:
        return None
    return next_due(head.schedule, head.reminders_sent, head.escalated, head.requested_at)


def due_in_words(head: Head) -> str | None:
    """The same for people."""
    found = due(head)
    return f"{found.kind} {moment(found.at)}" if found else None


def waits_for(review: StoredReview) -> tuple[str, ...]:
    """Who of the open stage may still decide; empty: anyone, or nobody where the review is not open."""
    head = review.head
    if head.state is not ReviewState.OPEN or not head.inspected:
        return ()
    return audience_of(head, review.decisions)


def state(review: StoredReview) -> str:
    """How far a review is, in words."""
    head = review.head
    if head.outcome:
        return f"closed: {head.outcome}" + (f" ({head.reason})" if head.reason else "")
    if head.verdict:
        return f"decided: {head.verdict}" + (f" ({head.reason})" if head.reason else "")
    if not head.inspected:
        return "open, not yet inspected"
    return f"open, stage {head.policy.stages[head.stage].name}" if len(head.policy.stages) > 1 else "open"


class _Said(Protocol):
    @property
    def reviewer(self) -> str: ...

    @property
    def on_behalf_of(self) -> str | None: ...


def who_decided(said: _Said) -> str:
    """Who has decided, and in whose place where it is another's."""
    return _in_place_of(said.reviewer, said.on_behalf_of)


class _Happened(Protocol):
    @property
    def who(self) -> str | None: ...

    @property
    def on_behalf_of(self) -> str | None: ...

    @property
    def signed(self) -> bool: ...


def who_did(event: _Happened) -> str | None:
    """Who has done what a line of the history tells, in whose place, and whether with a proof of identity."""
    if event.who is None:
        return None
    return _in_place_of(event.who, event.on_behalf_of) + (" (signed)" if event.signed else "")


def _in_place_of(who: str, on_behalf_of: str | None) -> str:
    return f"{who} for {on_behalf_of}" if on_behalf_of else who
