"""The policy of one review: resolved once when it opens, kept in its head, never looked up again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import lru_cache

from compliance.content import ContentPolicy
from compliance.identity import identity_of


@lru_cache(maxsize=256)  # of a part they are asked for several times with each decision
def _identities(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(identity_of, names))


@dataclass(frozen=True, slots=True)
class Part:
    """Some reviewers, and how many of them must approve for their stage to be done."""

    reviewers: tuple[str, ...] = ()  # empty: anyone whom Azure lets send to the decision queue
    approvals_needed: int | None = 1  # None: all of the reviewers who may decide
    group: str | None = None  # what the policy file calls these reviewers

    @property
    def people(self) -> frozenset[str]:
        """The reviewers by their identities; empty where anyone may decide."""
        return _identities(self.reviewers)

    def approvals_of(self, allowed: frozenset[str]) -> int:
        """How many approvals are needed when only these of its people may decide.

        `all` of nobody is one, and so out of reach: silence is never approval.
        """
        return max(1, len(allowed)) if self.approvals_needed is None else self.approvals_needed


@dataclass(frozen=True, slots=True)
class Stage:
    """It is done when each of its parts has its approvals; only then the next one opens."""

    name: str
    parts: tuple[Part, ...]

    def admits(self, person: str) -> bool:
        """Whether the person with this identity is a reviewer in this stage."""
        return any(not part.reviewers or person in part.people for part in self.parts)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told when a review has not been decided for some time and may decide from then on, and how much longer
    it may then take."""

    after: timedelta
    to: tuple[str, ...]
    extends_deadline: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which hours are business time, in the local time of a zone of the IANA time zone database."""

    time_zone: str
    working_days: tuple[int, ...]  # as `date.weekday` counts: 0 is Monday
    opens: time
    closes: time  # the first moment that is no business time any more
    country: str | None = None  # ISO 3166-1 alpha-2: its public holidays are no working days
    subdivision: str | None = None  # ISO 3166-2 without the country's prefix
    holidays: tuple[date, ...] = ()  # further ones


@dataclass(frozen=True, slots=True)
class Policy:
    """Who decides, how many must agree, how long they have, and what may be reviewed at all."""

    document_class: str
    version: str
    sha256: str
    separation_of_duties: bool
    comment_required_on_reject: bool
    deadline: timedelta  # this and the other times of reviewers are business time where there is a calendar
    grace: timedelta  # how long an expiry waits for decisions that were sent in time and are still queued
    archive_tier: str
    max_bytes: int
    content: ContentPolicy = field(default_factory=ContentPolicy)
    stages: tuple[Stage, ...] = (Stage("review", (Part(),)),)
    reject_veto: bool = True  # one rejection ends the review
    may_change_mind: bool = False  # while the stage is open
    reminders: tuple[timedelta, ...] = ()  # after the reviewers were asked
    escalation: Escalation | None = None
    calendar: Calendar | None = None
    require_proof: bool = False  # decisions and withdrawals count only with a proof of identity
    verification_keys: str | None = None  # the key set that proofs are checked with, as the policy file names it
