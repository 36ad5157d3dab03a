"""The observations of `compliance doctor`, before any diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.blobs.moved_copies import MovedCopy
from adapters.ledger.review_rows import Row, StoredHead
from adapters.probe import QueueDepth, StoredBlob
from cli.doctor.copies import SeenCopy
from compliance.document import review_id
from compliance.review import Head


@dataclass(frozen=True, slots=True)
class ListedReview:
    """A review in the list of unfinished ones."""

    review_id: str
    listed_at: datetime
    head: StoredHead | None
    audit_fault: str | None = None  # what is wrong with its audit trail
    copies: tuple[MovedCopy, ...] = ()  # of its document, in `published` and `archived`
    is_named_in_published: bool = False  # the published blob of its name carries its id, whoever wrote it


@dataclass(frozen=True, slots=True)
class SeenBlob:
    """A blob with the head of its review, if it has one."""

    stored: StoredBlob
    head: StoredHead | None
    copies: tuple[MovedCopy, ...] = ()  # of the same review, in `published` and `archived`; not looked for otherwise

    @property
    def review_id(self) -> str:
        """The id that the review of this blob has if it is a document to be reviewed."""
        return review_id(self.stored.blob.container, self.stored.blob.name, self.stored.blob.etag)

    @property
    def place(self) -> str:
        """Its container and name."""
        return f"{self.stored.blob.container}/{self.stored.blob.name}"


@dataclass(slots=True)
class Observations:
    """One look at a running system. Times are storage's, except those inside heads and of messages."""

    now: datetime
    client_ahead: timedelta = timedelta(0)
    listed: list[ListedReview] = field(default_factory=list)
    orchestrations: dict[str, str | None] = field(default_factory=dict)  # status by review; None if it has none
    events: dict[str, datetime] = field(default_factory=dict)  # when each event was put into the outbox
    incoming: list[SeenBlob] = field(default_factory=list)  # of reviews that are not in the list
    ignored: list[str] = field(default_factory=list[str])  # names of files in `pending` that are no documents
    staging: list[SeenBlob] = field(default_factory=list)
    copies: list[SeenCopy] = field(default_factory=list)  # those that had to be looked at more closely
    missing_copies: list[Head] = field(default_factory=list)  # the reviews whose copies are not where they should be
    queues: dict[str, QueueDepth] = field(default_factory=dict)
    unreadable: list[Row] = field(default_factory=list)
    subscriptions: list[str] | None = None  # of the custom topic, to outcomes; None if they were not listed
    missing: set[str] = field(default_factory=set)
    policy_fault: str | None = None
    signing_key_fault: str | None = None  # why the front door must not sign with the key that is pinned
    unseen: dict[str, str] = field(default_factory=dict)  # what could not be examined, and why
