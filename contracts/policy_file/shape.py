"""The shape of the policy file: YAML written by compliance teams, one entry per document class.

What the entries mean together is checked in `checks` and resolved in `policies`. Texts below fields are the
descriptions in the published JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contracts.messages.fields import Person
from contracts.models import PolicyModel
from contracts.policy_file.calendar import CalendarPolicy
from contracts.policy_file.content_rules import ContentRules
from contracts.policy_file.model import Hours, Name, one_mistake
from contracts.proofs.key_set import VERIFICATION_KEYS

GROUP: Final = "group:"  # what a reviewer's name begins with when it means everybody in a group
MOST_APPROVALS: Final = 100


Quorum = Annotated[
    Literal["any", "all"] | Annotated[int, Field(ge=1, le=MOST_APPROVALS)],
    one_mistake(f"any, all or a whole number from 1 to {MOST_APPROVALS} is expected"),
]
People = Annotated[tuple[Person, ...], Field(strict=False, max_length=100)]  # YAML has lists
# A file beside the policy file, or an app setting: on Azure the setting is a Key Vault reference.
_KeySet = Annotated[str, StringConstraints(pattern=VERIFICATION_KEYS)]


class StagePolicy(PolicyModel):
    """One step of a review: either reviewers with a quorum, or groups with a quorum each."""

    name: Name
    reviewers: People = ()
    """Names, or `group:NAME` for everybody in a group; none: anyone who may send decisions."""
    quorum: Quorum = "any"
    """How many of the reviewers must approve: any (one), all, or a number."""
    groups: Annotated[dict[Name, Quorum], Field(min_length=1)] = Field(default_factory=dict[str, Quorum])
    """Groups of the file, each with how many of its people must approve."""


class EscalationPolicy(PolicyModel):
    """Who is told when a review is not decided in time, and may decide from then on."""

    after_hours: Hours
    to: Annotated[People, Field(min_length=1)]
    """Names, or `group:NAME` for everybody in a group."""
    extends_deadline_hours: Annotated[float, Field(ge=0, le=24 * 365)] = 0


class ReviewPolicy(PolicyModel):
    """How documents of one class are reviewed: in the given stages, or in one with `reviewers` and `quorum`."""

    document_class: Name
    path_prefix: Annotated[str, StringConstraints(min_length=1)] | None = None
    """Documents whose names begin so are of this class, unless they say otherwise; the longest prefix counts."""
    quorum: Quorum = "any"
    """How many of the reviewers must approve: any (one), all, or a number."""
    reviewers: People = ()
    """Names, or `group:NAME` for everybody in a group; none: anyone who may send decisions."""
    stages: Annotated[tuple[StagePolicy, ...], Field(strict=False, min_length=1, max_length=10)] = ()
    """In this order; each opens when the one before is done."""
    separation_of_duties: bool = True
    """Neither the submitter nor who changed the document last decides."""
    reject_veto: bool = True
    """One rejection ends the review. Off: it ends when approval can no longer be reached."""
    may_change_mind: bool = False
    """A person's later decision replaces the earlier one while the stage is open."""
    comment_required_on_reject: bool = False
    deadline_hours: Hours = 72
    reminder_hours: Annotated[tuple[Hours, ...], Field(strict=False, max_length=20)] = ()
    """When who has not decided yet is reminded, each counted from the request."""
    escalation: EscalationPolicy | None = None
    calendar: Name | None = None
    """All hours of this class are business hours of this calendar."""
    grace_seconds: Annotated[
        Literal[0] | Annotated[int, Field(ge=30, le=3600)],
        one_mistake("0, or a whole number of seconds from 30 to 3600, is expected"),
    ] = 60
    """How long an expiry waits, again and again, for decisions that were in time and are still queued."""
    archive_tier: Literal["Hot", "Cool", "Cold"] = "Cool"
    # The largest blob: https://learn.microsoft.com/azure/storage/blobs/scalability-targets
    max_bytes: Annotated[int, Field(ge=1, le=50_000 * 4_000 * 1024**2)] = 5 * 1024**3
    content: ContentRules = Field(default_factory=ContentRules)
    """What follows from what an inspection of the content finds."""
    require_proof: bool = False
    verification_keys: _KeySet | None = None


class PolicyFile(PolicyModel):
    """A whole policy file; the class `default` applies where nothing else does."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    groups: dict[Name, Annotated[People, Field(min_length=1)]] = Field(default_factory=dict[str, tuple[str, ...]])
    """People under names that policies can use."""
    calendars: dict[Name, CalendarPolicy] = Field(default_factory=dict[str, CalendarPolicy])
    policies: Annotated[tuple[ReviewPolicy, ...], Field(strict=False)]
