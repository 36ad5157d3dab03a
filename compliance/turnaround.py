"""When reviews were over, how long their reviewers took, and the counts of one day."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final

from compliance.outcome import Outcome, ReviewState, Verdict
from compliance.review import Head, RecordedDecision

_BY_REVIEWERS: Final = (Verdict.APPROVE, Verdict.REJECT)
_MINUTES: Final = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45)
_HOURS: Final = (1, 1.5, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120, 168, 240, 336, 504, 720, 1440)
# The upper ends of the histogram's classes; the last class, after them, has none.
BOUNDS: Final = tuple(timedelta(minutes=each) for each in _MINUTES) + tuple(timedelta(hours=each) for each in _HOURS)


@dataclass(frozen=True, slots=True)
class DaySum:
    """The reviews of one class that ended on one day, in UTC."""

    day: date
    document_class: str
    outcomes: dict[Outcome, int] = field(default_factory=dict[Outcome, int])
    overdue: int = 0  # over after their first deadline
    times: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)  # from the request to the last decision: see `BOUNDS`


def histogram(times: Iterable[timedelta]) -> tuple[int, ...]:
    """Count times by the classes that `BOUNDS` makes."""
    counts = [0] * (len(BOUNDS) + 1)
    for time in times:
        counts[bisect_left(BOUNDS, time)] += 1
    return tuple(counts)


def merged(histograms: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Add histograms of the same classes."""
    return tuple(map(sum, zip((0,) * (len(BOUNDS) + 1), *histograms, strict=True)))


def quantile(counts: Sequence[int], share: float) -> timedelta | None:
    """Estimate the time within which this share of all took, evenly spread within each class; None if there are none.

    For times beyond the last bound that bound is returned.
    """
    wanted = share * sum(counts)
    if not sum(counts):
        return None
    lower = timedelta(0)
    for upper, count, before in zip(BOUNDS, counts, accumulate(counts, initial=0), strict=False):
        if count and before + count >= wanted:
            return lower + (upper - lower) * max(0.0, (wanted - before) / count)
        lower = upper
    return BOUNDS[-1]


def is_decided_by_reviewers(head: Head, decisions: Sequence[RecordedDecision]) -> bool:
    """Return whether a review has ended by what its reviewers have decided."""
    return bool(decisions) and head.verdict in _BY_REVIEWERS


def decided_at(head: Head, decisions: Sequence[RecordedDecision]) -> datetime | None:
    """Return when the decision was sent that has ended a review; when it was closed if no decision has."""
    return decisions[-1].decision.enqueued_at if is_decided_by_reviewers(head, decisions) else head.closed_at


def is_overdue(head: Head, decisions: Sequence[RecordedDecision]) -> bool:
    """Return whether a review was over only after its first deadline."""
    ended = decided_at(head, decisions)
    return bool(ended and head.schedule and ended > head.schedule.deadline)


def overdue_since(head: Head, now: datetime) -> datetime | None:
    """Return the first deadline of a review that still waits after it; None if it is not overdue.

    A review waits after its first deadline if an escalation has extended it, or while the app does not run.
    """
    first = head.schedule.deadline if head.schedule and head.escalated else head.deadline
    return first if head.state is ReviewState.OPEN and first and first <= now else None
