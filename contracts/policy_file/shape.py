"""The shape of the policy file: YAML written by compliance teams, one entry per document class.

What the entries mean together is checked in `checks` and resolved in `policies`. Texts below fields are the
descriptions in the published JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contracts.messages.fields import PRINTABLE, Person
from contracts.models import PolicyModel
from contracts.policy_file.calendar import CalendarPolicy
from contracts.policy_file.content_rules import ContentRules
from contracts.policy_file.model import Hours, Name, one_mistake
from contracts.policy_file.name_patterns import DEFAULT_IGNORED
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
    """Name of the stage, as reviewers see it."""
    reviewers: People = ()
    """Names, or `group:NAME` for everybody in a group; empty: anyone who may send decisions."""
    quorum: Quorum = "any"
    """How many of the reviewers must approve: any (one), all, or a number."""
    groups: Annotated[dict[Name, Quorum], Field(min_length=1)] = Field(default_factory=dict[str, Quorum])
    """Groups of the file, each with the number of its people who must approve: any (one), all, or a number."""


class EscalationPolicy(PolicyModel):
    """Who is told if a review is not decided in time, and may decide from then on."""

    after_hours: Hours
    """Hours from the request until the escalation; fewer than the deadline's."""
    to: Annotated[People, Field(min_length=1)]
    """Names, or `group:NAME` for everybody in a group."""
    extends_deadline_hours: Annotated[float, Field(ge=0, le=24 * 365)] = 0
    """By how many hours the escalation extends the deadline."""


class RetractionPolicy(PolicyModel):
    """Who may take a published document back."""

    by: Annotated[People, Field(min_length=1)]
    """Names, or `group:NAME` for everybody in a group."""


class ReviewPolicy(PolicyModel):
    """How documents of one class are reviewed: in the given stages, or in one with `reviewers` and `quorum`."""

    document_class: Name
    """Name of the class."""
    path_prefix: Annotated[str, StringConstraints(min_length=1)] | None = None
    """Documents whose names begin with it, in any spelling, are of this class if they name none; the longest prefix
    counts."""
    binds_prefix: bool = False
    """Documents whose names begin with the prefix have this class and no other: one that names another is refused."""
    quorum: Quorum = "any"
    """How many of the reviewers must approve: any (one), all, or a number."""
    reviewers: People = ()
    """Names, or `group:NAME` for everybody in a group; empty: anyone who may send decisions."""
    stages: Annotated[tuple[StagePolicy, ...], Field(strict=False, min_length=1, max_length=10)] = ()
    """The stages in their order; each opens when the one before is done."""
    separation_of_duties: bool = True
    """Neither the submitter nor the person who changed the document last may decide."""
    reject_veto: bool = True
    """One rejection ends the review. If false, it ends when approval can no longer be reached."""
    may_change_mind: bool = False
    """A person's later decision replaces the earlier one while the stage is open."""
    comment_required_on_reject: bool = False
    """A rejection without a comment is refused."""
    deadline_hours: Hours = 72
    """Hours from the request until a review expires."""
    reminder_hours: Annotated[tuple[Hours, ...], Field(strict=False, max_length=20)] = ()
    """Hours from the request until each reminder to those who have not decided."""
    escalation: EscalationPolicy | None = None
    """Who is told if a review is not decided in time."""
    retraction: RetractionPolicy | None = None
    """Who may take a published document back; by default its reviewers."""
    calendar: Name | None = None
    """Name of a calendar of the file: all hours of this class are its business hours."""
    grace_seconds: Annotated[
        Literal[0] | Annotated[int, Field(ge=30, le=3600)],
        one_mistake("0, or a whole number of seconds from 30 to 3600, is expected"),
    ] = 60
    """For how many seconds at a time an expiry waits for decisions that were in time and are still queued."""
    archive_tier: Literal["Hot", "Cool", "Cold"] = "Cool"
    """Access tier of archived documents."""
    # The largest blob: https://learn.microsoft.com/azure/storage/blobs/scalability-targets
    max_bytes: Annotated[int, Field(ge=1, le=50_000 * 4_000 * 1024**2)] = 5 * 1024**3
    """Largest document that is reviewed, in bytes; a larger one is rejected unread."""
    content: ContentRules = Field(default_factory=ContentRules)
    """What follows from the findings of the content's inspection."""
    proof: Annotated[
        Literal["none", "signIn", "code", "ownKey"], one_mistake("none, signIn, code or ownKey is expected")
    ] = "none"
    """The proof of identity without which decisions, withdrawals and delegations do not count."""
    submitter_proof: Annotated[Literal["none", "signIn"], one_mistake("none or signIn is expected")] = "none"
    """The proof of identity without which a document is not reviewed; its submitter then needs one to withdraw it."""
    statement: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=PRINTABLE)] | None = None
    """What an approval means, such as "I have read this document and approve its publication": the front door shows it
    beside the button and vouches that it did."""
    verification_keys: _KeySet | None = None
    """The key set with which reviewers' own signatures are checked: a .json file, relative to the policy file, or
    setting:NAME."""


class PolicyFile(PolicyModel):
    """A whole policy file; the class `default` applies where nothing else does."""

    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    """Version of the file, as you call it: reviews name it."""
    groups: dict[Name, Annotated[People, Field(min_length=1)]] = Field(default_factory=dict[str, tuple[str, ...]])
    """People under names that the policies can use."""
    calendars: dict[Name, CalendarPolicy] = Field(default_factory=dict[str, CalendarPolicy])
    """Calendars under names that the policies can use."""
    ignore: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=1024)], ...],
        Field(strict=False, max_length=200),
    ] = DEFAULT_IGNORED
    """Files that are no documents and stay where they are: patterns with * and ? for the last part of their names, or
    for all of it if the pattern has a slash. It replaces the default list. Folder markers are ignored in any case."""
    policies: Annotated[tuple[ReviewPolicy, ...], Field(strict=False)]
    """One entry for each document class; `default` must be among them."""
