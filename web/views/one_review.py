"""One review as a person may see it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.front_door.read_log import Read
from adapters.ledger.store import StoredReview
from compliance.history import AuditRecord
from compliance.review import Head, RecordedDecision
from web.door import Door
from web.problems import not_found
from web.views.permissions import Permissions, permissions_of
from web.visitors import Visitor

_REVIEW_ID: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Seen:
    """A review that somebody may see, and what they may do with it."""

    review: StoredReview
    permissions: Permissions

    @property
    def head(self) -> Head:
        """Its state."""
        return self.review.head

    @property
    def decisions(self) -> list[RecordedDecision]:
        """The decisions that count."""
        return self.review.decisions


@dataclass(frozen=True, slots=True)
class Happening:
    """A record of a review's history. `at` is storage's time if no part of the app had one."""

    record: AuditRecord
    at: datetime


async def review_for(door: Door, visitor: Visitor, review_id: str) -> Seen:
    """Read a review. Raises ProblemError if it does not exist or does not concern the person: both look alike."""
    review = await door.ledger.review(review_id) if _REVIEW_ID.fullmatch(review_id) else None
    if review is None:
        raise not_found()
    permissions = await permissions_of(door, visitor, review)
    if not permissions.sees:
        raise not_found()
    return Seen(review, permissions)


async def history_of(door: Door, seen: Seen) -> list[Happening]:
    """Read what has happened to a review, oldest first."""
    records = await door.ledger.audit(seen.head.review_id)
    return [Happening(record, record.at or datetime.fromisoformat(stored)) for record, stored in records]


async def reads_of(door: Door, seen: Seen) -> list[Read] | None:
    """Read who has opened the document, for auditors. None for others."""
    return await door.read_log.list_of(seen.head.review_id) if seen.permissions.read_log else None
