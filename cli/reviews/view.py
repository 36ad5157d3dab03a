"""A review at one moment, now or past, from which JSON and text are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

from adapters.ledger.store import StoredReview
from cli.json_output import JsonOutput
from compliance.history import AuditRecord
from compliance.outcome import ReviewState, Vote
from compliance.review import Decision, Head, RecordedDecision
from compliance.rounds import audience_of
from compliance.schedule import Due, next_due
from compliance.verdict import approvals_given, tally_of

if TYPE_CHECKING:  # building these takes a tenth of what `list` takes
    from contracts.messages.outbound import NameTakenFacts, PublishedFacts, SameBytesFacts


class RefusedAttempt(JsonOutput):
    """A message about a review that could not count and is in quarantine. Nothing proves who sent it."""

    id: str
    at: datetime | None
    sender: str | None
    refused_because: str | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review: the first two fields for a list, all of them for `show`."""

    head: Head
    decisions: Sequence[RecordedDecision] = ()
    records: Sequence[tuple[AuditRecord, datetime]] = ()  # each with the time at which storage wrote it
    earlier: Sequence[ReviewView] | None = None  # of the same case, first one first; None if not read
    whereabouts: str | None = None  # where the document is; None if not looked for
    policy_now: str | None = None  # version of the policy file here, if its rules for the class are others by now
    replaces: PublishedFacts | None = None  # what an approval would replace; None if nothing, or if nobody can approve
    same_bytes: Sequence[SameBytesFacts] | None = None  # other reviews of the same bytes; None if not read
    name_taken: NameTakenFacts | None = None  # what keeps an approval from being carried out
    newer: Head | None = None  # the newest review of the same name, if it is not this one
    others: Sequence[ReviewView] = ()  # the newest other reviews of the same name, newest first
    refused: Sequence[RefusedAttempt] | None = None  # messages about it in quarantine; None if not read
    at: datetime | None = None  # the moment of the past; None for now
    rules_known: bool = True  # False if the policy has changed since `at`: the audit trail keeps only its digest

    @classmethod
    def of(cls, review: StoredReview, newer: Head | None = None) -> Self:
        """Return a view for a list."""
        return cls(review.head, review.decisions, newer=newer)

    @property
    def stage(self) -> str:
        """The open stage, or the one in which the review was decided."""
        return self.head.policy.stages[self.head.stage].name

    @property
    def asks(self) -> bool:
        """True if reviewers may decide now."""
        return self.head.state is ReviewState.OPEN and self.head.inspected

    @property
    def waits_for(self) -> tuple[str, ...] | None:
        """Reviewers of the open stage who may still decide; empty if anyone may, or nobody; None if unknown."""
        if not self.asks:
            return ()
        return audience_of(self.head, self.decisions) if self.rules_known else None

    @property
    def anyone_may_decide(self) -> bool:
        """True if a part of the stage names nobody."""
        return any(not part.reviewers for part in self.head.policy.stages[self.head.stage].parts)

    @property
    def approvals(self) -> tuple[int, int]:
        """How many approvals of the stage have been given, and how many it needs."""
        head = self.head
        return approvals_given(tally_of(self.decisions, head.policy, head.barred), head.policy, head.barred)

    @property
    def next_due(self) -> Due | None:
        """What is due next, perhaps overdue; None if reviewers are not asked yet, or no longer."""
        head = self.head
        if head.state is not ReviewState.OPEN or head.schedule is None or head.requested_at is None:
            return None
        return next_due(head.schedule, head.reminders_sent, head.escalated, head.requested_at)

    @property
    def requested_changes(self) -> Decision | None:
        """The decision that requested changes, or None."""
        decisions = (row.decision for row in self.decisions)
        return next((decision for decision in decisions if decision.vote is Vote.REQUEST_CHANGES), None)
