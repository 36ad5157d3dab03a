"""The figures of a report: how many reviews ended how, and how long their reviewers took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from adapters.ledger.lists.finished import FinishedReview
from compliance.outcome import Outcome
from compliance.turnaround import DaySum, histogram, merged, quantile


class Grouping(StrEnum):
    """What each line of a report is about."""

    CLASS = "class"
    MONTH = "month"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one class, month or reviewer, or of all."""

    name: str
    outcomes: Mapping[Outcome, int]
    overdue: int
    times: tuple[int, ...]  # a histogram, see `compliance.turnaround`

    @property
    def reviews(self) -> int:
        """The number of reviews."""
        return sum(self.outcomes.values())

    @property
    def median(self) -> timedelta | None:
        """The time from the request to the last decision, at most, in half of the decided reviews."""
        return quantile(self.times, 0.5)

    @property
    def p95(self) -> timedelta | None:
        """The same for 95 of 100."""
        return quantile(self.times, 0.95)


def by_sums(sums: Iterable[DaySum], grouping: Grouping) -> list[Figures]:
    """Add up the sums of days for each class or month, in their order."""
    name: Callable[[DaySum], str] = (
        (lambda each: f"{each.day:%Y-%m}") if grouping is Grouping.MONTH else (lambda each: each.document_class)
    )
    groups: dict[str, list[Figures]] = {}
    for each in sums:
        groups.setdefault(name(each), []).append(Figures("", each.outcomes, each.overdue, each.times))
    return [total(figures, name) for name, figures in sorted(groups.items())]


def by_reviewer(reviews: Iterable[FinishedReview]) -> list[Figures]:
    """Add up the reviews on which each person has decided, the busiest person first."""
    groups: dict[str, list[FinishedReview]] = {}
    for review in reviews:
        for person in review.decided_by:
            groups.setdefault(person, []).append(review)
    figures = [_of_reviews(person, decided) for person, decided in groups.items()]
    return sorted(figures, key=lambda each: (-each.reviews, each.name))


def total(figures: Iterable[Figures], name: str) -> Figures:
    """Add figures up."""
    added = list(figures)
    outcomes = sum((Counter(each.outcomes) for each in added), Counter[Outcome]())
    return Figures(name, outcomes, sum(each.overdue for each in added), merged(each.times for each in added))


def _of_reviews(name: str, reviews: list[FinishedReview]) -> Figures:
    times = [taken for review in reviews if (taken := time_to_decision(review)) is not None]
    outcomes = Counter(review.outcome for review in reviews)
    return Figures(name, outcomes, sum(review.overdue for review in reviews), histogram(times))


def time_to_decision(review: FinishedReview) -> timedelta | None:
    """Return the time from the request to the decision that ended a review; None if no decision did."""
    if review.outcome not in (Outcome.APPROVED, Outcome.REJECTED) or not review.decided_by:
        return None
    if review.decided_at is None or review.requested_at is None:
        return None
    return review.decided_at - review.requested_at
