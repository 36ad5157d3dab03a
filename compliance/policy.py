"""The policy of one review: resolved once when it opens, kept in its head, never looked up again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import lru_cache

from compliance.content import ContentPolicy
from compliance.people.identity import person_key
from compliance.people.levels import Level


@lru_cache(maxsize=256)  # each decision needs those of a part several times
def _people(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(person_key, names))


@dataclass(frozen=True, slots=True)
class Part:
    """Some reviewers, and how many of them must approve for their stage to be done."""

    reviewers: tuple[str, ...] = ()  # empty if anyone may decide whom Azure lets send to the queue
    approvals_needed: int | None = 1  # None if all of the reviewers who may decide must
    group: str | None = None  # the policy file's name of these reviewers

    @property
    def people(self) -> frozenset[str]:
        """The reviewers by `person_key`; empty if anyone may decide."""
        return _people(self.reviewers)

    def approvals_of(self, allowed: frozenset[str]) -> int:
        """Return the number of approvals needed if only these of its people may decide.

        `all` with nobody left to ask counts as 1, which cannot be reached: an empty list must not approve.
        """
        return max(1, len(allowed)) if self.approvals_needed is None else self.approvals_needed


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the review: done when each of its parts has its approvals. Only then the next stage opens."""

    name: str
    parts: tuple[Part, ...]

    def admits(self, person: str) -> bool:
        """Return whether this person (by `person_key`) is a reviewer in this stage."""
        return any(not part.reviewers or person in part.people for part in self.parts)


@dataclass(frozen=True, slots=True)
class Escalation:
    """The people who may also decide once a review has waited for `after`, and the time that it then gains."""

    after: timedelta
    to: tuple[str, ...]
    extends_deadline: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Business hours, in the local time of a zone of the IANA time zone database."""

    time_zone: str
    working_days: tuple[int, ...]  # as `date.weekday` counts: 0 is Monday
    opens: time
    closes: time  # the end of business time, not part of it
    country: str | None = None  # ISO 3166-1 alpha-2; its public holidays are not working days
    subdivision: str | None = None  # ISO 3166-2 without the country's prefix
    holidays: tuple[date, ...] = ()  # further ones


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one review: who decides, how many must agree, by when, and what may be reviewed at all."""

    document_class: str
    version: str
    sha256: str
    separation_of_duties: bool
    comment_required_on_reject: bool
    deadline: timedelta  # this and the other reviewers' times are business time if there is a calendar
    grace: timedelta  # an expiry waits this long for timely decisions that are still queued
    archive_tier: str
    max_bytes: int
    content: ContentPolicy = field(default_factory=ContentPolicy)
    stages: tuple[Stage, ...] = (Stage("review", (Part(),)),)
    reject_veto: bool = True  # one rejection ends the review
    may_change_mind: bool = False  # while the stage is open
    reminders: tuple[timedelta, ...] = ()  # after the reviewers were asked
    escalation: Escalation | None = None
    calendar: Calendar | None = None
    proof: Level = Level.NONE  # at which decisions count; see `compliance.people.levels.demanded_level`
    submitter_proof: Level = Level.NONE  # at which documents are reviewed: none or signIn
    statement: str | None = None  # what an approval means; the front door shows it beside the button
    retractors: tuple[str, ...] = ()  # who may take a published document back; empty if its reviewers may
    verification_keys: str | None = None  # the key set that verifies proofs, as the policy file names it
