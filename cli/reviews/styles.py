"""The colours of reviews in a terminal; each only repeats what a word beside it says."""

from __future__ import annotations

from typing import Final

from cli.local_time import LocalTime
from cli.reviews.view import ReviewView
from compliance.outcome import Outcome, ReviewState, outcome_of
from compliance.turnaround import overdue_since

OVERDUE: Final = "bold red"
_OUTCOMES: Final = {
    Outcome.APPROVED: "green",
    Outcome.REJECTED: "red",
    Outcome.FAILED: "red",
    Outcome.EXPIRED: "yellow",
}


def style_of(view: ReviewView, time: LocalTime) -> str:
    """Return the colour of a review's outcome or, if it is open, whether it is overdue."""
    head = view.head
    if head.state is ReviewState.OPEN:
        return OVERDUE if overdue_since(head, time.now) else ""
    return style_of_outcome(head.outcome or (outcome_of(head.verdict) if head.verdict else None))


def style_of_outcome(outcome: Outcome | None) -> str:
    """Return the colour of an outcome; no colour for one that is nobody's decision."""
    return _OUTCOMES.get(outcome, "") if outcome else ""
