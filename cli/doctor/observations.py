"""What `compliance doctor` saw, before anybody says what it means."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.ledger.review_rows import Row, StoredHead
from adapters.probe import QueueDepth, StoredBlob


@dataclass(frozen=True, slots=True)
class ListedReview:
    """A review on the list of unfinished ones."""

    review_id: str
    listed_at: datetime
    head: StoredHead | None
    audit_fault: str | None = None  # what is wrong with its history
    copy_is_published: bool = False  # the published blob of its name carries its id


@dataclass(frozen=True, slots=True)
class SeenBlob:
    """A blob with the review that it belongs to, as far as there is one."""

    stored: StoredBlob
    head: StoredHead | None

    @property
    def place(self) -> str:
        """Where it lies."""
        return f"{self.stored.blob.container}/{self.stored.blob.name}"


@dataclass(slots=True)
class Observations:
    """One look at a running system. Times are storage's, except those inside heads and of messages."""

    now: datetime
    client_ahead: timedelta = timedelta(0)
    listed: list[ListedReview] = field(default_factory=list)
    orchestrations: dict[str, str | None] = field(default_factory=dict)  # status by review, None: there is none
    events: dict[str, datetime] = field(default_factory=dict)  # when each of the outbox was put there
    incoming: list[SeenBlob] = field(default_factory=list)  # of reviews that are not listed
    staging: list[SeenBlob] = field(default_factory=list)
    published: list[SeenBlob] = field(default_factory=list)
    queues: dict[str, QueueDepth] = field(default_factory=dict)
    unreadable: list[Row] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    policy_fault: str | None = None
    unseen: dict[str, str] = field(default_factory=dict)  # what could not be looked at, and why
